package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureReader.SourceFile;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.azure.ImportFolder.Key;
import dev.twinspan.agent.azure.ImportFolder.State;
import dev.twinspan.agent.azure.ImportResult.Outcome;
import dev.twinspan.agent.azure.ImportResult.Written;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.config.SecretFile;
import dev.twinspan.agent.config.YamlTree;
import dev.twinspan.agent.ike.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One run of {@code twinspan import azure}. Blocks on the file system. */
public final class AzureImport {
  /** Largest file that is read, bytes; one more tells that a file is larger. */
  public static final int MAX_BYTES = LenientJson.MAX_BYTES;

  private final ImportFolder folder;
  private final ImportOptions options;
  private final boolean force;
  private final boolean dryRun;
  private final Findings findings = new Findings();
  private List<Problem> problems = List.of();
  private List<Change> changes = List.of();
  private final List<Written> files = new ArrayList<>();

  private AzureImport(Path folder, ImportOptions options, boolean force, boolean dryRun) {
    this.folder = new ImportFolder(folder);
    this.options = options;
    this.force = force;
    this.dryRun = dryRun;
  }

  /**
   * @param files name → content, in the operator's order
   * @param folder where the configuration and its secrets are, or will be
   * @param force whether a configuration that is there may be changed
   * @param dryRun whether nothing is written
   * @throws IOException when the folder cannot be read or written
   */
  public static ImportResult run(
      Map<String, byte[]> files, Path folder, ImportOptions options, boolean force, boolean dryRun)
      throws IOException {
    return new AzureImport(folder, options, force, dryRun).run(files);
  }

  private ImportResult run(Map<String, byte[]> files) throws IOException {
    Existing existing = existing();
    List<AzureConnection> connections =
        AzureReader.read(
            new LinkedHashMap<>(files)
                .entrySet().stream().map(f -> new SourceFile(f.getKey(), f.getValue())).toList(),
            options.only(),
            findings);
    try {
      Box box =
          connections.isEmpty() ? null : BoxPlanner.plan(connections, options, existing, findings);
      return result(box, box == null ? Outcome.REFUSED : outcome(box, existing, files));
    } finally {
      connections.stream()
          .map(AzureConnection::psk)
          .filter(Objects::nonNull)
          .forEach(Secret::destroy);
    }
  }

  private Existing existing() throws IOException {
    try {
      JsonNode root = folder.existing();
      if (root == null || root.isObject()) {
        return root == null ? Existing.NONE : new Existing(root);
      }
      unreadable("it is no map of settings");
    } catch (YamlTree.Unreadable e) {
      unreadable(e.sentence());
    }
    return Existing.NONE;
  }

  private void unreadable(String why) {
    findings.refused(
        "existing-unreadable",
        folder.config().toString(),
        "is there already and cannot be read: " + why,
        "correct it, or name another folder with --out");
  }

  private Outcome outcome(Box box, Existing existing, Map<String, byte[]> sources)
      throws IOException {
    Judge.judge(box, existing, findings);
    List<Key> keys = keys(box);
    if (findings.refused()) {
      return Outcome.REFUSED;
    }
    ObjectNode tree = BoxConfig.tree(box, existing);
    String yaml = header(sources) + YamlText.of(tree);
    problems = folder.check(yaml, tree, keys);
    if (problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR)) {
      return Outcome.REFUSED;
    }
    if (existing.isThere()) {
      changes = Change.between(existing.root(), tree);
    }
    boolean writesConfig = !existing.isThere() || !changes.isEmpty();
    boolean overwrites = existing.isThere() && writesConfig;
    boolean writesKeys = false;
    for (Key key : keys) {
      State state = folder.state(key);
      files.add(new Written(folder.path(key.file()).toString(), state.word()));
      overwrites |= state == State.DIFFERENT;
      writesKeys |= state != State.SAME;
    }
    files.add(
        new Written(
            folder.config().toString(),
            existing.isThere() ? writesConfig ? "different" : "same" : "new"));
    if (!writesConfig && !writesKeys) {
      return Outcome.UNCHANGED;
    }
    if (dryRun) {
      return Outcome.DRY_RUN;
    }
    if (overwrites && !force) {
      return Outcome.NEEDS_FORCE;
    }
    folder.write(writesConfig ? yaml : null, keys);
    return Outcome.WRITTEN;
  }

  /** The keys to be written; one that is not in the files may be in the folder already. */
  private List<Key> keys(Box box) throws IOException {
    List<Key> keys = new ArrayList<>();
    for (Tunnels tunnels : box.connections()) {
      String file = tunnels.secretFile();
      Secret psk = tunnels.azure().psk();
      if (file == null) {
        continue;
      }
      if (psk != null) {
        String fault = SecretFile.fault(psk.bytes());
        if (fault == null) {
          keys.add(new Key(file, psk));
        } else {
          findings.refused(
              "bad-key",
              tunnels.name(),
              "its shared key " + fault,
              "in Azure: set another shared key, then get the file again");
        }
      } else if (!folder.hasKey(file)) {
        findings.refused(
            "no-key",
            tunnels.name(),
            "its shared key is not in the files",
            "add a FILE with: az network vpn-connection shared-key show -g GROUP --connection-name"
                + " NAME -o json; or put the key into %s, mode 0600".formatted(folder.path(file)));
      }
    }
    return keys;
  }

  private static String header(Map<String, byte[]> sources) {
    String names =
        String.join(", ", sources.keySet()).replaceAll("\\p{Cntrl}", "?").replaceAll("\\R", "?");
    return """
        # yaml-language-server: $schema=twinspan.schema.json
        # Written by `twinspan import azure` from %s.
        # Settings may be added by hand: the next import keeps them.
        """
        .formatted(names.length() > 200 ? names.substring(0, 200) + "…" : names);
  }

  private ImportResult result(@Nullable Box box, Outcome outcome) {
    List<List<AzCommand>> commands =
        box == null
            ? List.of()
            : box.connections().stream().map(one -> AzCommands.of(box, one)).toList();
    return new ImportResult(
        outcome,
        folder.config().toString(),
        findings.all(),
        box == null ? List.of() : Plan.of(box),
        commands,
        List.copyOf(problems),
        List.copyOf(changes),
        List.copyOf(files));
  }
}
