package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.config.YamlTree;
import dev.twinspan.agent.ike.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The folder of a configuration and its secrets. Files are written beside their place and moved
 * over it; what was there before stays as {@code NAME.bak}.
 */
final class ImportFolder {
  static final String CONFIG = "twinspan.yaml";
  private static final int MAX_CONFIG = 1 << 20;
  private static final int LONGEST_KEY = 4096;

  /** What the check reads in place of a shared key: the key itself stays in memory. */
  private static final byte[] STAND_IN =
      "TheKeyItselfIsNotWrittenForACheck".getBytes(StandardCharsets.US_ASCII);

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> OWNER_FILE =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> READABLE_FILE =
      PosixFilePermissions.fromString("rw-r--r--");

  /**
   * @param file as the configuration writes it
   */
  record Key(String file, Secret secret) {}

  /** How a file stands to what would be written. */
  enum State {
    NEW,
    SAME,
    DIFFERENT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Path folder;

  ImportFolder(Path folder) {
    this.folder = folder;
  }

  Path config() {
    return folder.resolve(CONFIG);
  }

  Path path(String file) throws IOException {
    try {
      return folder.resolve(file);
    } catch (InvalidPathException e) {
      throw new IOException(e.getReason(), e);
    }
  }

  /** Null when there is no configuration yet. */
  @Nullable JsonNode existing() throws IOException, YamlTree.Unreadable {
    byte[] bytes = content(config(), MAX_CONFIG);
    return bytes == null ? null : YamlTree.parse(new String(bytes, StandardCharsets.UTF_8)).root();
  }

  State state(Key key) throws IOException {
    byte[] bytes = content(path(key.file()), LONGEST_KEY);
    if (bytes == null) {
      return State.NEW;
    }
    Secret there = new Secret(withoutLineEnd(bytes));
    State state = there.equals(key.secret()) ? State.SAME : State.DIFFERENT;
    there.destroy();
    Arrays.fill(bytes, (byte) 0);
    return state;
  }

  boolean hasKey(String file) throws IOException {
    return Files.isRegularFile(path(file));
  }

  /**
   * What {@code check} would say of the configuration in this folder, before anything is written
   * here.
   */
  List<Problem> check(String yaml, JsonNode tree, List<Key> keys) throws IOException {
    Path stage = Files.createTempDirectory("twinspan-import", OWNER_FOLDER);
    try {
      Path standIn = stage.resolve("key");
      write(standIn, STAND_IN, OWNER_FILE);
      ObjectNode staged = (ObjectNode) tree.deepCopy();
      for (JsonNode connection : staged.path("connections")) {
        absolute(connection, keys, standIn);
      }
      Path config = stage.resolve(CONFIG);
      write(
          config,
          (header(yaml) + YamlText.of(staged)).getBytes(StandardCharsets.UTF_8),
          OWNER_FILE);
      return problems(ConfigReader.read(config), config);
    } finally {
      Files.deleteIfExists(stage.resolve("key"));
      Files.deleteIfExists(stage.resolve(CONFIG));
      Files.deleteIfExists(stage);
    }
  }

  private List<Problem> problems(ConfigResult result, Path staged) {
    List<Problem> problems = new ArrayList<>();
    for (Problem problem : result.problems()) {
      problems.add(
          new Problem(
              problem.severity(),
              problem.file().equals(staged.toString()) ? config().toString() : problem.file(),
              problem.line(),
              problem.column(),
              problem.path(),
              problem.sentence()));
    }
    if (result.config() != null) {
      result.config().destroyKeys(null);
    }
    return problems;
  }

  /**
   * Keys first, so that the configuration never names a file that is not there.
   *
   * @param yaml null: the configuration stays as it is
   */
  void write(@Nullable String yaml, List<Key> keys) throws IOException {
    Files.createDirectories(folder);
    for (Key key : keys) {
      Path file = path(key.file());
      Path parent = file.getParent();
      if (parent != null && !Files.isDirectory(parent)) {
        Files.createDirectories(parent, OWNER_FOLDER);
      }
      if (state(key) != State.SAME) {
        replace(file, key.secret().bytes(), OWNER_FILE);
      }
      Files.setPosixFilePermissions(file, OWNER_FILE);
    }
    if (yaml != null) {
      replace(config(), yaml.getBytes(StandardCharsets.UTF_8), READABLE_FILE);
    }
  }

  private static void replace(Path file, byte[] content, Set<PosixFilePermission> mode)
      throws IOException {
    Path beside = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(beside);
    try {
      write(beside, content, mode);
      if (Files.exists(file)) {
        Path backup = file.resolveSibling(file.getFileName() + ".bak");
        Files.deleteIfExists(backup);
        Files.createLink(backup, file); // so that there is a whole file at any moment
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private static void write(Path file, byte[] content, Set<PosixFilePermission> mode)
      throws IOException {
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(mode))) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }

  private static byte @Nullable [] content(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException(file + " is larger than " + most + " bytes");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static byte[] withoutLineEnd(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
      end--;
    }
    return Arrays.copyOf(bytes, end);
  }

  /** The comment lines on top: what follows must keep its lines. */
  private static String header(String yaml) {
    StringBuilder header = new StringBuilder();
    yaml.lines().takeWhile(line -> line.startsWith("#")).forEach(line -> header.append("#\n"));
    return header.toString();
  }

  /** Files are relative to the folder, and the check runs in another. */
  private void absolute(JsonNode connection, List<Key> keys, Path standIn) throws IOException {
    if (connection.path("psk") instanceof ObjectNode psk && psk.path("file").isString()) {
      String file = psk.path("file").stringValue();
      boolean ours = keys.stream().anyMatch(key -> key.file().equals(file));
      psk.put("file", (ours ? standIn : path(file).toAbsolutePath()).toString());
    }
    if (connection.path("certificate") instanceof ObjectNode certificate) {
      for (String key : List.of("file", "key-file", "trust-file", "crl-file")) {
        if (certificate.path(key).isString()) {
          certificate.put(
              key, path(certificate.path(key).stringValue()).toAbsolutePath().toString());
        }
      }
    }
  }
}
