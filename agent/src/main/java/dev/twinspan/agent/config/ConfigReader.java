package dev.twinspan.agent.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads and validates a configuration file, in this order: text, YAML, JSON Schema, values, what
 * the values mean together. All that is wrong is gathered, not only the first.
 */
public final class ConfigReader {
  /** Two hundred times the longest configuration one would write. */
  private static final int MAX_BYTES = 1 << 20;

  private ConfigReader() {}

  /**
   * Reads the file and the secrets it names. Never throws for what is wrong in the file. Blocks on
   * the file system: not for the control loop.
   */
  public static ConfigResult read(Path file) {
    Problems problems = new Problems(file.toString());
    return result(text(file, problems).flatMap(text -> draft(text, file, problems)), problems);
  }

  /** The same of a text that is to take the file's place. */
  public static ConfigResult read(Path file, String text) {
    Problems problems = new Problems(file.toString());
    return result(draft(text, file, problems), problems);
  }

  private static ConfigResult result(Optional<ConfigDraft> draft, Problems problems) {
    boolean wrong = draft.isEmpty() || problems.hasErrors();
    if (wrong) {
      draft.ifPresent(ConfigDraft::destroyKeys);
    }
    return new ConfigResult(
        wrong ? null : draft.get().complete(problems.warnings()), problems.sorted());
  }

  private static Optional<ConfigDraft> draft(String text, Path file, Problems problems) {
    YamlTree tree;
    try {
      tree = YamlTree.parse(text);
    } catch (YamlTree.Unreadable e) {
      problems.error(e.mark(), e.path(), e.sentence());
      return Optional.empty();
    }
    problems.locateIn(tree);
    ConfigSchema.check(tree.root(), problems);
    ConfigDraft draft =
        new DraftReader(file.toAbsolutePath().normalize(), problems).read(tree.root());
    CrossChecks.check(draft, problems);
    return Optional.of(draft);
  }

  private static Optional<String> text(Path file, Problems problems) {
    String fault;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return Optional.of(
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
      }
      fault = "is larger than 1 MiB: not a Twinspan configuration";
    } catch (CharacterCodingException e) {
      fault = "is not UTF-8 text: save it as UTF-8";
    } catch (NoSuchFileException e) {
      fault = "does not exist: name an existing configuration file";
    } catch (AccessDeniedException e) {
      fault = "may not be read by user %s".formatted(System.getProperty("user.name"));
    } catch (IOException e) {
      fault = "cannot be read: " + e.getMessage();
    }
    problems.error(YamlTree.Mark.WHOLE_FILE, "", fault);
    return Optional.empty();
  }
}
