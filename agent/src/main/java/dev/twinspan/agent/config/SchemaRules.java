package dev.twinspan.agent.config;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import com.networknt.schema.path.NodePath;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A JSON Schema (2020-12) whose findings are sentences: value seen, value expected. {@code
 * x-expected} beside a pattern says in words what fits it.
 */
public final class SchemaRules {
  /**
   * Something that does not fit.
   *
   * @param path e.g. {@code connections[0].name}; empty for the whole document
   * @param ofKey about the key, not its value
   */
  public record Violation(String path, boolean ofKey, String sentence) {
    @Override
    public String toString() {
      return path.isEmpty() ? sentence : path + ": " + sentence;
    }
  }

  private final Schema schema;

  public SchemaRules(String text) {
    schema =
        SchemaRegistry.withDialect(
                Dialect.builder(Dialects.getDraft202012())
                    .keyword(new NonValidationKeyword("x-expected"))
                    .build())
            .getSchema(text);
  }

  /** All of them; empty: the document fits. */
  public List<Violation> violations(JsonNode root) {
    List<Violation> found = new ArrayList<>();
    for (Error error : schema.validate(root)) {
      report(error, schema.getSchemaNode(), found);
    }
    return found;
  }

  private static void report(Error error, JsonNode schema, List<Violation> found) {
    String path = path(error.getInstanceLocation());
    JsonNode rule = holder(error, schema);
    JsonNode seen = error.getInstanceNode();
    String property = String.valueOf(error.getProperty());
    switch (String.valueOf(error.getKeyword())) {
      case "additionalProperties" -> {
        List<String> known = rule.path("properties").propertyStream().map(e -> e.getKey()).toList();
        found.add(new Violation(YamlTree.child(path, property), true, unknownKey(property, known)));
      }
      case "required" -> found.add(value(path, missing(rule, property)));
      case "type" ->
          found.add(value(path, "%s, expected %s".formatted(Words.seen(seen), Words.type(rule))));
      case "enum" ->
          found.add(value(path, "%s, expected %s".formatted(Words.seen(seen), oneOf(seen, rule))));
      case "minimum", "maximum" ->
          found.add(value(path, "%s, expected %s".formatted(Words.seen(seen), Words.range(rule))));
      case "minItems" ->
          found.add(value(path, "is empty, expected at least " + rule.path("minItems").asInt()));
      case "maxItems" ->
          found.add(
              value(
                  path,
                  "%d entries, expected at most %d"
                      .formatted(seen.size(), rule.path("maxItems").asInt())));
      case "if", "then", "else", "$ref" -> {
        // The rule inside has been reported by itself.
      }
      default ->
          found.add(
              value(path, "%s, expected %s".formatted(Words.seen(seen), Words.fitting(rule))));
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

  private static Violation value(String path, String sentence) {
    return new Violation(path, false, sentence);
  }
}
