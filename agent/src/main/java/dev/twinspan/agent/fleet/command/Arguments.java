package dev.twinspan.agent.fleet.command;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A command's payload, whose keys are all known. */
record Arguments(ObjectNode tree) {
  private static final int MOST_TEXT = 200;

  static Arguments of(ObjectNode tree, Set<String> known) throws Refused {
    for (String key : tree.propertyNames()) {
      if (!known.contains(key)) {
        throw malformed(
            "unknown argument %s, expected %s"
                .formatted(
                    Printable.of(key),
                    known.isEmpty() ? "none" : "some of " + new TreeSet<>(known)));
      }
    }
    return new Arguments(tree);
  }

  String text(String key) throws Refused {
    return text(key, MOST_TEXT);
  }

  String text(String key, int most) throws Refused {
    String text = optionalText(key, most);
    if (text == null) {
      throw malformed("argument " + key + " is missing");
    }
    return text;
  }

  @Nullable String optionalText(String key) throws Refused {
    return optionalText(key, MOST_TEXT);
  }

  private @Nullable String optionalText(String key, int most) throws Refused {
    JsonNode value = tree.get(key);
    if (value == null) {
      return null;
    }
    if (!value.isString() || value.asString().isEmpty() || value.asString().length() > most) {
      throw malformed("%s: expected a text of 1 to %d characters".formatted(key, most));
    }
    return value.asString();
  }

  boolean flag(String key) throws Refused {
    JsonNode value = tree.get(key);
    if (value != null && !value.isBoolean()) {
      throw malformed(key + ": expected true or false");
    }
    return value != null && value.asBoolean();
  }

  /**
   * @param otherwise what an absent one means; -1: it may not be absent
   */
  int number(String key, int least, int most, int otherwise) throws Refused {
    JsonNode value = tree.get(key);
    if (value == null && otherwise >= 0) {
      return otherwise;
    }
    if (value == null
        || !value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.asInt() < least
        || value.asInt() > most) {
      throw malformed("%s: expected a whole number from %d to %d".formatted(key, least, most));
    }
    return value.asInt();
  }

  static Refused malformed(String sentence) {
    return new Refused("malformed", sentence);
  }
}
