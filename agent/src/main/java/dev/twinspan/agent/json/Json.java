package dev.twinspan.agent.json;

import java.io.StringWriter;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON text to and from trees, by tokens: an ObjectMapper would look at classes by reflection,
 * which costs a tenth of a second at start and does not live in a native image.
 */
public final class Json {
  private static final int MAX_DEPTH = 32;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxDocumentLength(8 << 20)
                  .build())
          .build();

  /** A text that is no JSON, or not the JSON that was expected. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    public Malformed(String message) {
      super(message);
    }
  }

  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** In one line. */
  public static String compact(JsonNode node) {
    return write(node, ObjectWriteContext.empty());
  }

  /** Indented, with a line end. */
  public static String pretty(JsonNode node) {
    return write(node, new Indented()) + "\n";
  }

  public static JsonNode parse(String text) throws Malformed {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == null) {
        throw new Malformed("empty, expected JSON");
      }
      JsonNode node = read(parser);
      if (parser.nextToken() != null) {
        throw new Malformed("more than one JSON value");
      }
      return node;
    } catch (JacksonException e) {
      throw new Malformed("not JSON: " + e.getOriginalMessage());
    }
  }

  private static JsonNode read(JsonParser parser) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          object.set(name, read(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(read(parser));
        }
        yield array;
      }
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NUMBER_INT -> nodes.numberNode(parser.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
      case VALUE_NULL -> nodes.nullNode();
      default -> nodes.stringNode(parser.getString());
    };
  }

  private static String write(JsonNode node, ObjectWriteContext context) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(context, text)) {
      write(node, out);
    }
    return text.toString();
  }

  /** To any generator of Jackson's, of YAML too. */
  public static void write(JsonNode node, JsonGenerator out) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        out.writeStartObject();
        node.forEachEntry(
            (name, value) -> {
              out.writeName(name);
              write(value, out);
            });
        out.writeEndObject();
      }
      case ARRAY -> {
        out.writeStartArray();
        node.valueStream().forEach(value -> write(value, out));
        out.writeEndArray();
      }
      case BOOLEAN -> out.writeBoolean(node.asBoolean());
      case NUMBER -> {
        if (node.isIntegralNumber()) {
          out.writeNumber(node.bigIntegerValue());
        } else {
          out.writeNumber(node.doubleValue());
        }
      }
      case STRING -> out.writeString(node.stringValue());
      default -> out.writeNull();
    }
  }

  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      return new DefaultPrettyPrinter()
          .withArrayIndenter(new DefaultIndenter("  ", "\n"))
          .withObjectIndenter(new DefaultIndenter("  ", "\n"));
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }
}
