package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.config.YamlTree;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A configuration that a box is to have.
 *
 * @param hash SHA-256 of the text, in lower-case hexadecimal
 */
public record Configuration(Path file, String text, String hash) {
  /** Of the whole message: what Azure Event Grid retains. */
  private static final int LARGEST = 64 << 10;

  /** Settings that name a file of the box, which is not here. */
  private static final Pattern FILES = Pattern.compile(".*\\b(key-|trust-|crl-)?file");

  private static final Pattern NOT_HERE = Pattern.compile(".*(does not exist|may not be read).*");

  /** Why it is not sent, in one sentence or several lines. */
  public static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    Unfit(String why) {
      super(why);
    }
  }

  /**
   * Reads and checks it, but for the files it names: they are on the box.
   *
   * @param site where the box stands
   */
  public static Configuration read(Path file, String site, String device) throws Unfit {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new Unfit("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
    String secret = SecretScan.find(text);
    if (secret != null) {
      throw new Unfit(
          "%s: %s; the broker keeps what is sent, and shows it to all who watch"
              .formatted(file, secret));
    }
    List<String> errors =
        ConfigReader.read(file).problems().stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .filter(problem -> !elsewhere(problem))
            .map(Problem::toString)
            .toList();
    if (!errors.isEmpty()) {
      throw new Unfit(String.join("\n", errors));
    }
    named(file, text, site, device);
    Configuration configuration = new Configuration(file, text, Sha256.JDK.hex(text));
    int size = configuration.payload("x".repeat(64)).length;
    if (size > LARGEST) {
      throw new Unfit(
          "%s: %d bytes as a message, at most %d can be sent".formatted(file, size, LARGEST));
    }
    return configuration;
  }

  private static boolean elsewhere(Problem problem) {
    return FILES.matcher(problem.path()).matches()
        && NOT_HERE.matcher(problem.sentence()).matches();
  }

  /** A box with another's name would throw that one out. */
  private static void named(Path file, String text, String site, String device) throws Unfit {
    JsonNode named;
    try {
      named = YamlTree.parse(text).root().path("device");
    } catch (YamlTree.Unreadable e) {
      throw new Unfit("%s: %s".formatted(file, e.sentence()));
    }
    String id = named.path("id").asString("");
    String place = named.path("site").asString("");
    if (!id.equals(device) || !place.equals(site)) {
      throw new Unfit(
          "%s is of device %s at site %s, and not of %s at %s: each box has a file of its own"
              .formatted(file, id, place, device, site));
    }
  }

  /**
   * @param version 1 to 64 of letters, digits, dot, hyphen and underscore
   */
  public byte[] payload(String version) {
    return Json.compact(Json.object().put("version", version).put("hash", hash).put("config", text))
        .getBytes(StandardCharsets.UTF_8);
  }
}
