package dev.twinspan.agent.config;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import com.networknt.schema.path.NodePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The published JSON Schema, used: shape, types, ranges and unknown keys are its business, and its
 * findings become sentences here. What the values mean together is {@link CrossChecks}' business.
 */
public final class ConfigSchema {
  private static final String RESOURCE = "twinspan.schema.json";

  private static final class Compiled {
    static final Schema SCHEMA =
        SchemaRegistry.withDialect(
                Dialect.builder(Dialects.getDraft202012())
                    .keyword(new NonValidationKeyword("x-expected"))
                    .build())
            .getSchema(text());
  }

  private ConfigSchema() {}

  /** The schema's text, as editors want it. */
  public static String text() {
    try (InputStream in = ConfigSchema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + RESOURCE, e);
    }
  }

  static void check(JsonNode root, Problems problems) {
    for (Error error : Compiled.SCHEMA.validate(root)) {
      report(error, Compiled.SCHEMA.getSchemaNode(), problems);
    }
  }

  private static void report(Error error, JsonNode schema, Problems problems) {
    String path = path(error.getInstanceLocation());
    JsonNode rule = holder(error, schema);
    JsonNode seen = error.getInstanceNode();
    String property = String.valueOf(error.getProperty());
    switch (String.valueOf(error.getKeyword())) {
      case "additionalProperties" -> {
        List<String> known = rule.path("properties").propertyStream().map(e -> e.getKey()).toList();
        problems.keyError(YamlTree.child(path, property), unknownKey(property, known));
      }
      case "required" -> problems.error(path, missing(rule, property));
      case "type" ->
          problems.error(path, "%s, expected %s".formatted(Words.seen(seen), Words.type(rule)));
      case "enum" ->
          problems.error(path, "%s, expected %s".formatted(Words.seen(seen), oneOf(seen, rule)));
      case "minimum", "maximum" ->
          problems.error(path, "%s, expected %s".formatted(Words.seen(seen), Words.range(rule)));
      case "minItems" ->
          problems.error(path, "is empty, expected at least " + rule.path("minItems").asInt());
      case "maxItems" ->
          problems.error(
              path,
              "%d entries, expected at most %d"
                  .formatted(seen.size(), rule.path("maxItems").asInt()));
      case "if", "then", "else", "$ref" -> {
        // The rule inside has been reported by itself.
      }
      default ->
          problems.error(path, "%s, expected %s".formatted(Words.seen(seen), Words.fitting(rule)));
    }
  }

  static String unknownKey(String key, List<String> known) {
    return Nearest.to(key, known)
        .map(near -> "unknown key, did you mean %s?".formatted(near))
        .orElseGet(() -> "unknown key, known here: " + String.join(", ", known));
  }

  private static String oneOf(JsonNode seen, JsonNode rule) {
    List<String> values =
        rule.path("enum").valueStream().map(JsonNode::asString).collect(Collectors.toList());
    String near =
        seen.isString()
            ? Nearest.to(seen.asString(), values).map(v -> " (did you mean " + v + "?)").orElse("")
            : "";
    return "one of " + String.join(", ", values) + near;
  }

  private static String missing(JsonNode rule, String property) {
    String purpose = rule.path("properties").path(property).path("description").asString("");
    return purpose.isEmpty()
        ? property + " is missing: add it"
        : "%s is missing, add it: %s".formatted(property, purpose.replaceAll("[.]$", ""));
  }

  /** The schema object in which the violated keyword stands. */
  private static JsonNode holder(Error error, JsonNode schema) {
    NodePath fragment = error.getSchemaLocation().getFragment();
    JsonNode at = schema;
    for (int i = 0; i < fragment.getNameCount() - 1; i++) {
      Object step = fragment.getElement(i);
      at = step instanceof Integer index ? at.path(index) : at.path(String.valueOf(step));
    }
    return at;
  }

  private static String path(NodePath location) {
    String path = "";
    for (int i = 0; i < location.getNameCount(); i++) {
      path =
          switch (location.getElement(i)) {
            case Integer index -> YamlTree.child(path, index);
            case Object key -> YamlTree.child(path, key.toString());
          };
    }
    return path;
  }
}
