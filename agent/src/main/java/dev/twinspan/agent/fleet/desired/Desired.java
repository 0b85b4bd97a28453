package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.json.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a controller wants this box to run.
 *
 * @param hash SHA-256 of the text as UTF-8, hexadecimal
 * @param config the whole file; empty: it is at {@code url}
 * @param url HTTPS; null: it came with the message
 */
record Desired(String version, String hash, String config, @Nullable URI url) {
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final int MOST_URL = 2048;
  private static final Set<String> KEYS = Set.of("version", "hash", "config", "url");

  /** What can be told of it though it may be wrong; empty texts where not even that. */
  static Desired named(byte[] payload) {
    try {
      ObjectNode tree = tree(payload);
      String version = tree.path("version").asString("");
      String hash = tree.path("hash").asString("");
      return new Desired(
          VERSION.matcher(version).matches() ? version : "",
          HASH.matcher(hash).matches() ? hash : "",
          "",
          null);
    } catch (Refusal _) {
      return new Desired("", "", "", null);
    }
  }

  static Desired parse(byte[] payload, Sha256 digest) throws Refusal {
    ObjectNode tree = tree(payload);
    for (String key : tree.propertyNames()) {
      if (!KEYS.contains(key)) {
        throw malformed("an unknown key beside version, hash, config and url");
      }
    }
    String version = text(tree, "version");
    String hash = text(tree, "hash");
    if (!VERSION.matcher(version).matches() || !HASH.matcher(hash).matches()) {
      throw malformed("version: 1 to 64 of A-Z a-z 0-9 . _ -; hash: 64 of 0-9 a-f");
    }
    if (tree.has("url")) {
      if (tree.has("config")) {
        throw malformed("config and url: expected one of them");
      }
      return new Desired(version, hash, "", url(text(tree, "url")));
    }
    String config = text(tree, "config");
    String is = digest.hex(config);
    if (!hash.equals(is)) {
      throw new Refusal("hash", "hash is %s, config's is %s".formatted(hash, is));
    }
    return new Desired(version, hash, config, null);
  }

  /** With what was fetched. */
  Desired with(String fetched) {
    return new Desired(version, hash, fetched, url);
  }

  private static URI url(String text) throws Refusal {
    try {
      URI url = new URI(text);
      if (text.length() <= MOST_URL
          && "https".equalsIgnoreCase(url.getScheme())
          && url.getHost() != null
          && url.getRawUserInfo() == null
          && url.getRawFragment() == null) {
        return url;
      }
    } catch (URISyntaxException _) {
      // One sentence for all.
    }
    throw malformed(
        "url: expected https://HOST[:PORT]/PATH of %d characters at most, without user, password or fragment"
            .formatted(MOST_URL));
  }

  private static ObjectNode tree(byte[] payload) throws Refusal {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      if (Json.parse(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (CharacterCodingException | Json.Malformed _) {
      // One sentence for all: what a parser says of it may quote it.
    }
    throw malformed("no JSON object in UTF-8");
  }

  private static String text(ObjectNode tree, String key) throws Refusal {
    JsonNode value = tree.path(key);
    if (!value.isString()) {
      throw malformed(key + " is missing, or no text");
    }
    return value.asString();
  }

  private static Refusal malformed(String sentence) {
    return new Refusal("malformed", "the desired configuration's message: " + sentence);
  }
}
