package dev.twinspan.agent.azure;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON as Azure's tools and people's editors leave it: byte order marks, UTF-16 (PowerShell's
 * {@code >}), commas behind the last element, comments, and objects one after the other with or
 * without a comma between them. Bounded in bytes, depth and values.
 *
 * <p>What is wrong is told by its place alone: the text around it may be a shared key.
 */
final class LenientJson {
  static final int MAX_BYTES = 4 << 20;
  private static final int MAX_DEPTH = 64;
  private static final int MAX_VALUES = 200_000;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxDocumentLength(MAX_BYTES)
                  .maxStringLength(1 << 20)
                  .maxNameLength(4096)
                  .maxNumberLength(64)
                  .build())
          .build();

  /** What makes a file no JSON, by place; never holds text of the file. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String sentence) {
      super(sentence, null, false, true);
    }

    String sentence() {
      return String.valueOf(getMessage());
    }
  }

  private final char[] text;
  private int values;

  private LenientJson(char[] text) {
    this.text = text;
  }

  /** The objects and lists of a file, in its order; at least one. */
  static List<JsonNode> read(byte[] bytes) throws Unreadable {
    if (bytes.length > MAX_BYTES) {
      throw new Unreadable(
          "is larger than %d MiB: not an export of Azure".formatted(MAX_BYTES >> 20));
    }
    return new LenientJson(decoded(bytes).toCharArray()).roots();
  }

  private static String decoded(byte[] bytes) throws Unreadable {
    Charset charset = StandardCharsets.UTF_8;
    if (bytes.length >= 2) {
      int first = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
      if (first == 0xfeff || bytes[0] == 0) {
        charset = StandardCharsets.UTF_16BE;
      } else if (first == 0xfffe || bytes[1] == 0) {
        charset = StandardCharsets.UTF_16LE;
      }
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Unreadable("is neither UTF-8 nor UTF-16 text: not an export of Azure");
    }
  }

  private List<JsonNode> roots() throws Unreadable {
    List<JsonNode> roots = new ArrayList<>();
    int from = next(0);
    while (from < text.length) {
      from = next(root(from, roots));
    }
    if (roots.isEmpty()) {
      throw new Unreadable("is empty: expected JSON from Azure");
    }
    return roots;
  }

  /** Over what stands between one value and the next. */
  private int next(int from) {
    int at = from;
    while (at < text.length
        && (Character.isWhitespace(text[at])
            || text[at] == ','
            || text[at] == ';'
            || text[at] == BYTE_ORDER_MARK)) {
      at++;
    }
    return at;
  }

  /** Reads one value and returns where it ends. */
  private int root(int from, List<JsonNode> roots) throws Unreadable {
    if (text[from] == '<') {
      throw new Unreadable(
          "%s: this is a page or XML, not JSON: download the VPN configuration again, or use `az … show -o json`"
              .formatted(place(from)));
    }
    if ("{[/".indexOf(text[from]) < 0) {
      throw new Unreadable(place(from) + ": expected { or [ of JSON (`az … show -o json`)");
    }
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), text, from, text.length - from)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        return text.length; // a comment
      }
      roots.add(value(parser, from));
      return from + (int) offset(parser.currentLocation());
    } catch (StreamConstraintsException e) {
      throw new Unreadable(
          "%s: deeper, longer or larger than anything Azure hands out (at most %d levels)"
              .formatted(place(from, e), MAX_DEPTH));
    } catch (UnexpectedEndOfInputException e) {
      throw new Unreadable(
          "ends in the middle of what begins at %s: the file is cut short, get it again"
              .formatted(place(from)));
    } catch (JacksonException e) {
      throw new Unreadable(
          place(from, e)
              + ": not JSON here: a quote, colon, comma or bracket is missing before or at this place");
    }
  }

  private JsonNode value(JsonParser parser, int from) throws Unreadable {
    if (++values > MAX_VALUES) {
      throw new Unreadable(
          "%s: more than %d values: not an export of Azure".formatted(place(from), MAX_VALUES));
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, from);
      case START_ARRAY -> array(parser, from);
      case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(token == JsonToken.VALUE_TRUE);
      case VALUE_NUMBER_INT -> nodes.numberNode(parser.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
      case VALUE_NULL -> nodes.nullNode();
      default -> nodes.stringNode(parser.getString());
    };
  }

  private ObjectNode object(JsonParser parser, int from) throws Unreadable {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      object.set(key, value(parser, from));
    }
    return object;
  }

  private ArrayNode array(JsonParser parser, int from) throws Unreadable {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser, from));
    }
    return array;
  }

  private static long offset(TokenStreamLocation location) {
    return Math.max(1, location.getCharOffset());
  }

  private String place(int from, JacksonException e) {
    return place(
        e.getLocation() == null || e.getLocation().getCharOffset() < 0
            ? from
            : from + (int) Math.min(e.getLocation().getCharOffset(), text.length - from));
  }

  private String place(int at) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < Math.min(at, text.length); i++) {
      line += text[i] == '\n' ? 1 : 0;
      column = text[i] == '\n' ? 1 : column + 1;
    }
    return "line %d, column %d".formatted(line, column);
  }
}
