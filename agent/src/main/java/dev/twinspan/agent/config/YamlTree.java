package dev.twinspan.agent.config;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * A YAML document as a tree that knows where each value stands. Read by tokens and not by a mapper,
 * because a mapper forgets the places, keeps the last of two equal keys, and takes an alias for a
 * text.
 *
 * @param root the document
 * @param marks path of a value → its place
 * @param keys path of a value → the place of its key
 */
public record YamlTree(JsonNode root, Map<String, Mark> marks, Map<String, Mark> keys) {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_VALUES = 50_000;

  /** Counted from 1. */
  public record Mark(int line, int column) {
    static final Mark WHOLE_FILE = new Mark(0, 0);

    static Mark of(TokenStreamLocation location) {
      return new Mark(location.getLineNr(), Math.max(1, location.getColumnNr()));
    }
  }

  /** What makes a text no YAML document we read. */
  public static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Mark mark;
    private final String path;

    Unreadable(Mark mark, String path, String sentence) {
      super(sentence);
      this.mark = mark;
      this.path = path;
    }

    Mark mark() {
      return mark;
    }

    String path() {
      return path;
    }

    public String sentence() {
      return String.valueOf(getMessage());
    }
  }

  public static YamlTree parse(String text) throws Unreadable {
    try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
      return new Reader((YAMLParser) parser).document();
    } catch (JacksonException e) {
      Mark mark = e.getLocation() == null ? Mark.WHOLE_FILE : Mark.of(e.getLocation());
      String why = e.getOriginalMessage() == null ? "cannot be read" : e.getOriginalMessage();
      throw new Unreadable(mark, "", "not YAML: " + withoutExcerpts(why));
    }
  }

  /** The parser shows the place in indented lines of its own; the place is told by us. */
  private static String withoutExcerpts(String message) {
    return message
        .lines()
        .filter(line -> !line.startsWith(" "))
        .collect(Collectors.joining(" "))
        .strip();
  }

  /** Where a value stands, or, when it is missing, what should hold it. */
  Mark mark(String path) {
    for (String at = path; !at.isEmpty(); at = parent(at)) {
      Mark mark = marks.get(at);
      if (mark != null) {
        return mark;
      }
    }
    return marks.getOrDefault("", Mark.WHOLE_FILE);
  }

  Mark keyMark(String path) {
    return keys.getOrDefault(path, mark(path));
  }

  static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  static String child(String path, int index) {
    return path + "[" + index + "]";
  }

  private static String parent(String path) {
    int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return cut < 0 ? "" : path.substring(0, cut);
  }

  private static final class Reader {
    private final YAMLParser parser;
    private final Map<String, Mark> marks = new HashMap<>();
    private final Map<String, Mark> keys = new HashMap<>();

    Reader(YAMLParser parser) {
      this.parser = parser;
    }

    YamlTree document() throws Unreadable {
      if (parser.nextToken() == null) {
        throw new Unreadable(Mark.WHOLE_FILE, "", "the file is empty: expected a configuration");
      }
      JsonNode root = value("", 0);
      if (parser.nextToken() != null) {
        throw new Unreadable(
            here(), "", "a second document starts here (---): expected one document in the file");
      }
      return new YamlTree(root, marks, keys);
    }

    private JsonNode value(String path, int depth) throws Unreadable {
      marks.putIfAbsent(path, here());
      if (depth > MAX_DEPTH || marks.size() > MAX_VALUES) {
        throw new Unreadable(
            here(),
            path,
            "more than %d levels or %d values: not a Twinspan configuration"
                .formatted(MAX_DEPTH, MAX_VALUES));
      }
      if (parser.isCurrentAlias()) {
        throw new Unreadable(
            here(), path, "is an alias (*" + parser.getString() + "): write the value itself here");
      }
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      JsonToken token = parser.currentToken();
      return switch (token) {
        case START_OBJECT -> object(path, depth);
        case START_ARRAY -> array(path, depth);
        case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(token == JsonToken.VALUE_TRUE);
        case VALUE_NUMBER_INT -> nodes.numberNode(parser.getBigIntegerValue());
        case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
        case VALUE_NULL -> nodes.nullNode();
        default -> nodes.stringNode(parser.getString());
      };
    }

    private ObjectNode object(String path, int depth) throws Unreadable {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        String at = child(path, key);
        Mark before = keys.putIfAbsent(at, here());
        if (before != null) {
          throw new Unreadable(here(), at, "is there twice, first in line " + before.line());
        }
        parser.nextToken();
        object.set(key, value(at, depth + 1));
      }
      return object;
    }

    private ArrayNode array(String path, int depth) throws Unreadable {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(value(child(path, array.size()), depth + 1));
      }
      return array;
    }

    private Mark here() {
      return Mark.of(parser.currentTokenLocation());
    }
  }
}
