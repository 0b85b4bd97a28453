package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.Prefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What Azure hands out, in {@code src/test/resources/azure}; each shared key begins alike. */
final class Fixtures {
  /** The beginning of every shared key of the fixtures. */
  static final String SECRET = "Sup3r";

  private static final Path FOLDER = Path.of("src/test/resources/azure");

  private final Map<String, byte[]> files = new LinkedHashMap<>();

  static Fixtures of(String... names) {
    Fixtures fixtures = new Fixtures();
    for (String name : names) {
      fixtures.files.put(name, read(name));
    }
    return fixtures;
  }

  /** Puts something in the place of a piece of one file, which must be there. */
  Fixtures with(String name, String piece, String instead) {
    String text = new String(Objects.requireNonNull(files.get(name)), StandardCharsets.UTF_8);
    if (!text.contains(piece)) {
      throw new AssertionError(name + " has no \"" + piece + "\"");
    }
    files.put(name, text.replace(piece, instead).getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Map<String, byte[]> files() {
    return files;
  }

  static byte[] read(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> names() {
    try (Stream<Path> all = Files.list(FOLDER)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a download does not tell. */
  static ImportOptions lan(String... prefixes) {
    return new ImportOptions(
        List.of(),
        null,
        null,
        null,
        null,
        Stream.of(prefixes).map(Fixtures::prefix).toList(),
        List.of(),
        null,
        null,
        null);
  }

  ImportResult into(Path folder, ImportOptions options) {
    return into(folder, options, false);
  }

  ImportResult into(Path folder, ImportOptions options, boolean force) {
    try {
      return AzureImport.run(files, folder, options, force, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration that was written; it has no errors. */
  static AgentConfig config(Path folder) {
    ConfigResult result = ConfigReader.read(folder.resolve("twinspan.yaml"));
    if (result.config() == null) {
      throw new AssertionError(result.problems().toString());
    }
    return result.config();
  }

  static List<String> codes(ImportResult result, Finding.Severity severity) {
    List<String> codes = new ArrayList<>();
    for (Finding finding : result.findings()) {
      if (finding.severity() == severity) {
        codes.add(finding.code());
      }
    }
    return codes;
  }

  static Prefix prefix(String text) {
    try {
      return Addresses.prefix(text);
    } catch (Addresses.Malformed e) {
      throw new AssertionError(e);
    }
  }

  static InetAddress address(String text) {
    try {
      return Addresses.address(text);
    } catch (Addresses.Malformed e) {
      throw new AssertionError(e);
    }
  }

  static String text(@Nullable InetAddress address) {
    return address == null ? "none" : Addresses.text(address);
  }
}
