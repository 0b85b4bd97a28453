package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.config.Nearest;
import dev.twinspan.agent.config.YamlTree;
import dev.twinspan.agent.fleet.BrokerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which broker, and as whom: options of the command line, and where they are silent the operator's
 * file.
 *
 * <pre>
 * broker: mqtts://broker.example:8883
 * certificate: {file: controller.pem, key-file: controller.key, trust-file: ca.pem}
 * </pre>
 *
 * @param broker as the operator wrote it; null: not told
 * @param certificate PEM; null: not told
 * @param key PEM; null: not told
 * @param trust CAs that may vouch for the broker, PEM; null: not told
 */
public record OperatorConfig(
    @Nullable String broker, @Nullable Path certificate, @Nullable Path key, @Nullable Path trust) {
  public static final OperatorConfig NONE = new OperatorConfig(null, null, null, null);
  private static final List<String> KEYS = List.of("broker", "certificate");
  private static final List<String> FILES = List.of("file", "key-file", "trust-file");

  /** Something to be mended by the operator, in one sentence. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    public Unusable(String sentence) {
      super(sentence);
    }
  }

  /** Where the file is looked for: {@code fleet.yaml} in the user's configuration folder. */
  public static Path usualFile() {
    String folder = System.getenv("XDG_CONFIG_HOME");
    Path base =
        folder != null && folder.startsWith("/")
            ? Path.of(folder)
            : Path.of(System.getProperty("user.home", "/"), ".config");
    return base.resolve("twinspan").resolve("fleet.yaml");
  }

  /**
   * @param optional whether it may be missing
   */
  public static OperatorConfig read(Path file, boolean optional) throws Unusable {
    try {
      return parse(file, Files.readString(file));
    } catch (NoSuchFileException e) {
      if (optional) {
        return NONE;
      }
      throw new Unusable("%s does not exist".formatted(file));
    } catch (IOException e) {
      throw new Unusable("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  static OperatorConfig parse(Path file, String text) throws Unusable {
    JsonNode root;
    try {
      root = YamlTree.parse(text).root();
    } catch (YamlTree.Unreadable e) {
      throw new Unusable("%s: %s".formatted(file, e.sentence()));
    }
    strict(file, "", root, KEYS);
    JsonNode files = root.path("certificate");
    if (!files.isMissingNode()) {
      strict(file, "certificate.", files, FILES);
    }
    return new OperatorConfig(
        text(file, root, "broker"),
        path(file, files, "file"),
        path(file, files, "key-file"),
        path(file, files, "trust-file"));
  }

  private static void strict(Path file, String under, JsonNode map, List<String> known)
      throws Unusable {
    if (!map.isObject()) {
      throw new Unusable(
          "%s: %s: expected a map of %s"
              .formatted(file, under.isEmpty() ? "the file" : under, String.join(", ", known)));
    }
    for (String key : map.propertyNames()) {
      if (!known.contains(key)) {
        throw new Unusable(
            "%s: %s%s is not known: %s"
                .formatted(
                    file,
                    under,
                    key,
                    Nearest.to(key, known)
                        .map(near -> "did you mean " + near + "?")
                        .orElse("expected " + String.join(", ", known))));
      }
    }
  }

  private static @Nullable String text(Path file, JsonNode map, String key) throws Unusable {
    JsonNode value = map.path(key);
    if (!value.isMissingNode() && !value.isString()) {
      throw new Unusable("%s: %s: expected a text".formatted(file, key));
    }
    return value.isString() ? value.asString() : null;
  }

  private static @Nullable Path path(Path file, JsonNode map, String key) throws Unusable {
    String text = text(file, map, key);
    return text == null ? null : file.toAbsolutePath().resolveSibling(text);
  }

  /** These where they are told, those of {@code other} where not. */
  public OperatorConfig or(OperatorConfig other) {
    return new OperatorConfig(
        broker == null ? other.broker : broker,
        certificate == null ? other.certificate : certificate,
        key == null ? other.key : key,
        trust == null ? other.trust : trust);
  }

  /** Where to dial. */
  public BrokerAddress address() throws Unusable {
    if (broker == null) {
      throw new Unusable(
          "which broker? Give --broker mqtts://HOST:PORT, or write it to %s as broker:"
              .formatted(usualFile()));
    }
    try {
      return BrokerAddress.parse(broker);
    } catch (IllegalArgumentException e) {
      throw new Unusable(String.valueOf(e.getMessage()));
    }
  }

  /** Null: the broker is spoken to without TLS. */
  public @Nullable SSLContext tls() throws Unusable {
    if (!address().tls()) {
      return null;
    }
    if (certificate == null || key == null || trust == null) {
      throw new Unusable(
          "as whom? Give --certificate, --key and --ca, or write them to %s as certificate: {file,"
                  .formatted(usualFile())
              + " key-file, trust-file}");
    }
    try {
      return FleetTls.context(certificate, key, trust);
    } catch (IOException e) {
      throw new Unusable(
          e instanceof NoSuchFileException
              ? e.getMessage() + " does not exist"
              : String.valueOf(e.getMessage()));
    }
  }
}
