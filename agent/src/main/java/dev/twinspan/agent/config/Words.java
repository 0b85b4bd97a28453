package dev.twinspan.agent.config;

import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Values and rules in words, for {@link ConfigSchema}'s sentences. */
final class Words {
  private static final int LONGEST = 60;

  private Words() {}

  /** The value seen. */
  static String seen(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING -> "is empty";
      case OBJECT -> "is a map";
      case ARRAY -> "is a list";
      case STRING -> "\"" + cut(value.asString()) + "\"";
      default -> cut(value.asString());
    };
  }

  /** The type a rule asks for. */
  static String type(JsonNode rule) {
    JsonNode type = rule.path("type");
    if (type.isArray()) {
      return type.valueStream()
          .map(one -> name(one.asString()))
          .collect(Collectors.joining(" or "));
    }
    return name(type.asString());
  }

  /** The numbers a rule allows. */
  static String range(JsonNode rule) {
    return "%s to %s".formatted(rule.path("minimum").asString(), rule.path("maximum").asString());
  }

  /** What a text must look like. */
  static String fitting(JsonNode rule) {
    if (rule.has("x-expected")) {
      return rule.path("x-expected").asString();
    }
    if (rule.has("maxLength")) {
      return "%d to %d characters"
          .formatted(rule.path("minLength").asInt(1), rule.path("maxLength").asInt());
    }
    return rule.path("description").asString("another value");
  }

  static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private static String name(String type) {
    return switch (type) {
      case "object" -> "a map (key: value)";
      case "array" -> "a list";
      case "string" -> "a text (in quotes, if it looks like a number)";
      case "integer" -> "a whole number";
      case "boolean" -> "true or false";
      default -> type;
    };
  }
}
