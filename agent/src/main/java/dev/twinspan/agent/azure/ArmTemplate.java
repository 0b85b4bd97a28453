package dev.twinspan.agent.azure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An ARM template or resource export: its resources with the expressions resolved that need no
 * Azure. The others read as absent.
 *
 * @param given values of a parameters file, before the template's own defaults
 */
record ArmTemplate(JsonNode template, Map<String, JsonNode> given) implements ArmExpression.Scope {
  private static final int MAX_TERMS = 100_000;
  private static final int LONGEST_EXPRESSION = 4096;

  static boolean is(Fields fields) {
    String schema = fields.text("$schema");
    return !fields.objects("resources").isEmpty()
        && (fields.has("contentVersion")
            || schema != null && schema.contains("deploymentTemplate"));
  }

  static boolean isParameters(Fields fields) {
    String schema = fields.text("$schema");
    return fields.object("parameters").isObject()
        && !fields.has("resources")
        && (fields.has("contentVersion")
            || schema != null && schema.contains("deploymentParameters"));
  }

  /** The values of a parameters file. */
  static void readParameters(Fields file, Map<String, JsonNode> into) {
    file.object("parameters")
        .node()
        .forEachEntry(
            (name, parameter) -> {
              if (parameter.has("value")) {
                into.put(name, parameter.path("value"));
              }
            });
  }

  List<JsonNode> resources() {
    List<JsonNode> resources = new ArrayList<>();
    int[] budget = {MAX_TERMS};
    new Fields(template)
        .objects("resources")
        .forEach(one -> resources.add(resolve(one.node(), budget)));
    return resources;
  }

  @Override
  public @Nullable JsonNode parameter(String name) {
    JsonNode value = given.get(name);
    if (value != null) {
      return value;
    }
    JsonNode otherwise = template.path("parameters").path(name).path("defaultValue");
    return otherwise.isMissingNode() ? null : otherwise;
  }

  @Override
  public @Nullable JsonNode variable(String name) {
    JsonNode value = template.path("variables").path(name);
    return value.isMissingNode() ? null : value;
  }

  /** The reader's bound on depth holds here too: a value put in is one level of the template. */
  private JsonNode resolve(JsonNode node, int[] budget) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (node.getNodeType()) {
      case OBJECT -> {
        ObjectNode object = nodes.objectNode();
        node.forEachEntry((key, value) -> object.set(key, resolve(value, budget)));
        yield object;
      }
      case ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        node.valueStream().forEach(value -> array.add(resolve(value, budget)));
        yield array;
      }
      case STRING -> {
        String text = node.stringValue();
        if (!ArmExpression.is(text)) {
          yield node;
        }
        JsonNode value =
            text.length() > LONGEST_EXPRESSION ? null : ArmExpression.evaluate(text, this, budget);
        yield value == null ? nodes.nullNode() : value;
      }
      default -> node;
    };
  }
}
