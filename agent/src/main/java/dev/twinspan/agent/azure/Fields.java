package dev.twinspan.agent.azure;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * One object of what Azure hands out. A key is found in any case (the REST API writes {@code asn},
 * PowerShell {@code Asn}) and both beside {@code properties} (az) and inside (ARM). What is not
 * there, or has another type, reads as absent.
 */
record Fields(JsonNode node) {
  private static final int LONGEST_TEXT = 4096;

  static final Fields NONE = new Fields(MissingNode.getInstance());

  boolean isObject() {
    return node.isObject();
  }

  boolean has(String key) {
    JsonNode value = find(key);
    return !value.isMissingNode() && !value.isNull();
  }

  Fields object(String key) {
    JsonNode value = find(key);
    return value.isObject() ? new Fields(value) : NONE;
  }

  /** The objects of a list; a single object counts as a list of one. */
  List<Fields> objects(String key) {
    JsonNode value = find(key);
    if (value.isObject()) {
      return List.of(new Fields(value));
    }
    return value.isArray()
        ? value.valueStream().filter(JsonNode::isObject).map(Fields::new).toList()
        : List.of();
  }

  /** Without the blanks around it; null when there is none. */
  @Nullable String text(String key) {
    return text(find(key));
  }

  /** A list of texts, or one text alone, which may hold several with commas between them. */
  List<String> texts(String key) {
    return texts(find(key));
  }

  @Nullable Long number(String key) {
    JsonNode value = find(key);
    if (value.isIntegralNumber()) {
      BigInteger number = value.bigIntegerValue();
      return number.bitLength() < Long.SIZE ? number.longValue() : null;
    }
    String text = text(value);
    return text != null && text.matches("[0-9]{1,18}") ? Long.valueOf(text) : null;
  }

  @Nullable Boolean flag(String key) {
    JsonNode value = find(key);
    if (value.isBoolean()) {
      return value.asBoolean();
    }
    String text = text(value);
    return text == null
        ? null
        : switch (text.toLowerCase(Locale.ROOT)) {
          case "true" -> true;
          case "false" -> false;
          default -> null;
        };
  }

  boolean isTrue(String key) {
    return Boolean.TRUE.equals(flag(key));
  }

  /** The last segment of a resource's id, which is its name. */
  @Nullable String idName(String key) {
    JsonNode value = find(key);
    String id = value.isObject() ? new Fields(value).text("id") : text(value);
    return id == null ? null : lastSegment(id);
  }

  static String lastSegment(String id) {
    return id.substring(id.lastIndexOf('/') + 1);
  }

  /** The segment behind another one, as in {@code …/resourceGroups/NAME/…}. */
  static @Nullable String segmentAfter(@Nullable String id, String type) {
    String[] parts = id == null ? new String[0] : id.split("/", 32);
    for (int i = 0; i + 1 < parts.length; i++) {
      if (parts[i].equalsIgnoreCase(type) && !parts[i + 1].isEmpty()) {
        return parts[i + 1];
      }
    }
    return null;
  }

  private JsonNode find(String key) {
    JsonNode here = find(node, key);
    return here.isMissingNode() && !key.equals("properties")
        ? find(find(node, "properties"), key)
        : here;
  }

  private static JsonNode find(JsonNode node, String key) {
    if (!node.isObject()) {
      return MissingNode.getInstance();
    }
    JsonNode exact = node.path(key);
    if (!exact.isMissingNode()) {
      return exact;
    }
    for (Map.Entry<String, JsonNode> property : node.properties()) {
      if (property.getKey().equalsIgnoreCase(key)) {
        return property.getValue();
      }
    }
    return exact;
  }

  private static List<String> texts(JsonNode value) {
    List<String> texts = new ArrayList<>();
    if (value.isArray()) {
      value.valueStream().forEach(one -> add(texts, text(one)));
    } else {
      String text = text(value);
      for (String part : text == null ? new String[0] : text.split(",")) {
        add(texts, part.strip());
      }
    }
    return List.copyOf(texts);
  }

  private static void add(List<String> texts, @Nullable String text) {
    if (text != null && !text.isEmpty()) {
      texts.add(text);
    }
  }

  private static @Nullable String text(JsonNode value) {
    if (!value.isString() && !value.isNumber()) {
      return null;
    }
    String text = value.isString() ? value.stringValue().strip() : value.asString("");
    return text.isEmpty() || text.length() > LONGEST_TEXT ? null : text;
  }
}
