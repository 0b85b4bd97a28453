package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A folder with the documented sample and its secret, to be spoilt by the tests. */
public final class ConfigFixture {
  private static final Path SAMPLE = Path.of("src/main/dist/twinspan.yaml");

  private final Path folder;
  private String text;

  public ConfigFixture(Path folder) {
    this.folder = folder;
    try {
      text = Files.readString(SAMPLE);
      Files.createDirectory(folder.resolve("secrets"));
      secret("Correct+Horse+Battery");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Puts something in the place of a piece of the sample, which must be there. */
  public ConfigFixture with(String piece, String instead) {
    if (!text.contains(piece)) {
      throw new AssertionError("the sample has no \"" + piece + "\"");
    }
    text = text.replace(piece, instead);
    return this;
  }

  public ConfigFixture text(String whole) {
    text = whole;
    return this;
  }

  public ConfigFixture secret(String content) throws IOException {
    Files.writeString(secretFile(), content);
    return mode("rw-------");
  }

  public ConfigFixture mode(String mode) throws IOException {
    Files.setPosixFilePermissions(secretFile(), PosixFilePermissions.fromString(mode));
    return this;
  }

  /** The connection's pre-shared key. */
  static Secret psk(ConnectionConfig connection) {
    return ((AuthConfig.Psk) connection.auth()).credentials().secret();
  }

  public Path secretFile() {
    return folder.resolve("secrets/hub-weu.psk");
  }

  /** Where a piece of the text first stands, {@code line:column: }, counted from 1. */
  public String at(String piece) {
    int offset = text.indexOf(piece);
    if (offset < 0) {
      throw new AssertionError("the text has no \"" + piece + "\"");
    }
    String before = text.substring(0, offset);
    return "%d:%d: "
        .formatted(
            before.chars().filter(c -> c == '\n').count() + 1, offset - before.lastIndexOf('\n'));
  }

  public Path write() {
    try {
      return Files.writeString(folder.resolve("twinspan.yaml"), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** As {@link #problems}, less the places. */
  public List<String> sentences() {
    return problems().stream().map(line -> line.replaceFirst("^\\d+:\\d+: ", "")).toList();
  }

  public ConfigResult read() {
    return ConfigReader.read(write());
  }

  /** What was found, as printed, less the file's name. */
  public List<String> problems() {
    String file = folder.resolve("twinspan.yaml").toString();
    return read().problems().stream()
        .map(problem -> problem.toString().replace(file + ":", "").strip())
        .toList();
  }
}
