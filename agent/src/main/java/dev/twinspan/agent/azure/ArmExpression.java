package dev.twinspan.agent.azure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The expressions of exported ARM templates: {@code [parameters('x')]}, {@code variables}, {@code
 * concat}, {@code format} and {@code resourceId}. What else there is needs Azure to be evaluated,
 * and gives null.
 */
final class ArmExpression {
  private static final int MAX_DEPTH = 16;
  private static final int LONGEST_VALUE = 8192;

  /** Where names come from. */
  interface Scope {
    /** Null when unknown. */
    @Nullable JsonNode parameter(String name);

    /** Null when unknown; may be an expression itself. */
    @Nullable JsonNode variable(String name);
  }

  private final String text;
  private final Scope scope;
  private final int[] budget;
  private final int depth;
  private int at;

  private ArmExpression(String text, Scope scope, int[] budget, int depth) {
    this.text = text;
    this.scope = scope;
    this.budget = budget;
    this.depth = depth;
  }

  static boolean is(String text) {
    return text.length() > 2
        && text.startsWith("[")
        && !text.startsWith("[[")
        && text.endsWith("]");
  }

  /**
   * Null when it needs Azure to be evaluated.
   *
   * @param budget how many more terms may be evaluated, counted down; variables that name each
   *     other would grow without end
   */
  static @Nullable JsonNode evaluate(String text, Scope scope, int[] budget) {
    return evaluate(text, scope, budget, 0);
  }

  private static @Nullable JsonNode evaluate(String text, Scope scope, int[] budget, int depth) {
    ArmExpression expression =
        new ArmExpression(text.substring(1, text.length() - 1), scope, budget, depth);
    JsonNode value = expression.term();
    expression.blanks();
    return expression.at == expression.text.length() ? value : null;
  }

  private @Nullable JsonNode term() {
    blanks();
    if (at >= text.length() || depth > MAX_DEPTH || budget[0]-- <= 0) {
      return null;
    }
    if (text.charAt(at) == '\'') {
      return quoted();
    }
    int from = at;
    while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      at++;
    }
    String word = text.substring(from, at).toLowerCase(Locale.ROOT);
    if (at >= text.length() || text.charAt(at) != '(') {
      return word.matches("[0-9]{1,9}")
          ? JsonNodeFactory.instance.numberNode(Integer.parseInt(word))
          : null;
    }
    at++;
    List<JsonNode> arguments = arguments();
    return arguments == null ? null : call(word, arguments);
  }

  private @Nullable JsonNode quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\'') {
        if (at + 1 < text.length() && text.charAt(at + 1) == '\'') {
          at++; // '' is a quote
        } else {
          at++;
          return string(value.toString());
        }
      }
      value.append(c);
    }
    return null;
  }

  private @Nullable List<JsonNode> arguments() {
    List<JsonNode> arguments = new ArrayList<>();
    while (at < text.length()) {
      blanks();
      if (at < text.length() && text.charAt(at) == ')') {
        at++;
        return arguments;
      }
      JsonNode argument = new Nested().term();
      if (argument == null) {
        return null;
      }
      arguments.add(argument);
      blanks();
      if (at < text.length() && text.charAt(at) == ',') {
        at++;
      }
    }
    return null;
  }

  /** One level deeper in the same text. */
  private final class Nested {
    @Nullable JsonNode term() {
      ArmExpression inner = new ArmExpression(text, scope, budget, depth + 1);
      inner.at = at;
      JsonNode value = inner.term();
      at = inner.at;
      return value;
    }
  }

  private @Nullable JsonNode call(String function, List<JsonNode> arguments) {
    if (arguments.isEmpty()) {
      return null;
    }
    String first = arguments.getFirst().asString("");
    return switch (function) {
      case "parameters" -> resolved(scope.parameter(first));
      case "variables" -> resolved(scope.variable(first));
      case "concat" ->
          string(String.join("", arguments.stream().map(one -> one.asString("")).toList()));
      case "format" -> {
        String formatted = first;
        for (int i = 1; i < arguments.size(); i++) {
          formatted = formatted.replace("{" + (i - 1) + "}", arguments.get(i).asString(""));
        }
        yield string(formatted);
      }
      case "resourceid" -> resourceId(arguments);
      default -> null;
    };
  }

  private @Nullable JsonNode resolved(@Nullable JsonNode value) {
    return value != null && value.isString() && is(value.stringValue())
        ? evaluate(value.stringValue(), scope, budget, depth + 1)
        : value;
  }

  /** {@code resourceId([group,] 'Namespace/type/…', name, …)}. */
  private static @Nullable JsonNode resourceId(List<JsonNode> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String[] types = arguments.get(i).asString("").split("/", 16);
      if (types.length >= 2 && arguments.size() - i - 1 >= types.length - 1) {
        StringBuilder id = new StringBuilder("/providers/" + types[0]);
        for (int t = 1; t < types.length; t++) {
          id.append('/').append(types[t]).append('/').append(arguments.get(i + t).asString(""));
        }
        return string(id.toString());
      }
    }
    return null;
  }

  private void blanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private static @Nullable JsonNode string(String value) {
    return value.length() > LONGEST_VALUE ? null : JsonNodeFactory.instance.stringNode(value);
  }
}
