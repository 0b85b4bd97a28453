package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.update.UpdateOrder;
import dev.twinspan.agent.update.UpdateRefusal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;

/** What a command's message says by itself, whatever the box is doing. */
final class Judge {
  static final int MOST_BYTES = 4096;
  static final long MOST_EXPIRY_SECONDS = 3600;

  /** Answers to who gave no id go to {@code ack/no_id}. */
  static final String NO_ID = "no_id";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final int MOST_URL = 2048;
  private static final int MOST_CAPTURE_SECONDS = 60;
  private static final int MOST_SPEED_SECONDS = 10;
  private static final int USUAL_SPEED_SECONDS = 3;
  private static final int MOST_LOG_SECONDS = 86_400;
  private static final int USUAL_LOG_SECONDS = 600;

  private Judge() {}

  /** Null: none that could be one. */
  static @Nullable String id(CommandMessage message) {
    byte[] correlation = message.correlation();
    if (correlation == null) {
      return null;
    }
    // What is no ASCII becomes a character that no id has.
    String text = new String(correlation, StandardCharsets.UTF_8);
    return ID.matcher(text).matches() ? text : null;
  }

  /** The verb for an answer: only its own words are ever told again. */
  static String told(CommandMessage message) {
    return Verb.of(message.verb()).map(Verb::word).orElseGet(() -> Printable.of(message.verb()));
  }

  /**
   * In the order of how little has to be looked at.
   *
   * @throws Refused when it is not one that could be carried out
   */
  static Order order(String id, CommandMessage message) throws Refused {
    Verb verb =
        Verb.of(message.verb())
            .orElseThrow(
                () ->
                    new Refused(
                        "unknown_verb",
                        "unknown verb %s, expected one of about's capabilities"
                            .formatted(Printable.of(message.verb()))));
    if (message.retained()) {
      throw new Refused(
          "retained", "was published retained: a command must not be, it would come again");
    }
    byte[] payload = message.payload();
    if (payload == null || message.size() > MOST_BYTES) {
      throw new Refused(
          "too_large",
          "payload of %d bytes, expected at most %d".formatted(message.size(), MOST_BYTES));
    }
    if (message.expirySeconds() < 1 || message.expirySeconds() > MOST_EXPIRY_SECONDS) {
      throw new Refused(
          "no_expiry",
          "message expiry interval %s, expected 1 to %d seconds"
              .formatted(
                  message.expirySeconds() < 0 ? "missing" : message.expirySeconds() + " s",
                  MOST_EXPIRY_SECONDS));
    }
    if (message.responseTopic() != null && !message.responseTopic().equals("ack/" + id)) {
      throw Arguments.malformed(
          "response topic %s, expected this box's ack/%s or none"
              .formatted(Printable.of(message.responseTopic()), id));
    }
    return order(id, verb, tree(payload));
  }

  private static ObjectNode tree(byte[] payload) throws Refused {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      if (Json.parse(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (CharacterCodingException | Json.Malformed _) {
      // One sentence for all: what a parser says of it may quote it.
    }
    throw Arguments.malformed("payload is no JSON object in UTF-8: send {} where there is nothing");
  }

  private static Order order(String id, Verb verb, ObjectNode tree) throws Refused {
    return switch (verb) {
      case RESET -> new Order.Reset(Arguments.of(tree, Set.of("tunnel")).text("tunnel"));
      case REKEY -> {
        Arguments arguments = Arguments.of(tree, Set.of("tunnel", "ike"));
        yield new Order.Rekey(arguments.text("tunnel"), arguments.flag("ike"));
      }
      case DRAIN -> new Order.Drain(Arguments.of(tree, Set.of("tunnel")).text("tunnel"));
      case UNDRAIN -> new Order.Undrain(Arguments.of(tree, Set.of("tunnel")).text("tunnel"));
      case SELF_DRILL ->
          new Order.SelfDrill(Arguments.of(tree, Set.of("tunnel")).optionalText("tunnel"));
      case CAPTURE -> {
        Arguments arguments = Arguments.of(tree, Set.of("tunnel", "seconds"));
        yield new Order.Capture(
            arguments.optionalText("tunnel"),
            arguments.number("seconds", 1, MOST_CAPTURE_SECONDS, -1));
      }
      case SPEED_TEST ->
          new Order.SpeedTest(
              Arguments.of(tree, Set.of("seconds"))
                  .number("seconds", 1, MOST_SPEED_SECONDS, USUAL_SPEED_SECONDS));
      case LOG_LEVEL -> {
        Arguments arguments = Arguments.of(tree, Set.of("level", "seconds"));
        yield new Order.LogLevel(
            level(arguments.text("level")),
            arguments.number("seconds", 1, MOST_LOG_SECONDS, USUAL_LOG_SECONDS));
      }
      case REBOOT -> {
        Arguments.of(tree, Set.of());
        yield new Order.Reboot();
      }
      case UPDATE -> new Order.Update(update(id, tree));
    };
  }

  private static UpdateOrder update(String id, ObjectNode tree) throws Refused {
    Arguments arguments = Arguments.of(tree, Set.of("url", "sha256", "size", "force", "at"));
    String at = arguments.optionalText("at");
    try {
      return UpdateOrder.of(
          id,
          arguments.text("url", MOST_URL),
          arguments.text("sha256"),
          arguments.number("size", 1, Integer.MAX_VALUE, -1),
          arguments.flag("force"),
          at == null ? UpdateOrder.NOW : at);
    } catch (UpdateRefusal e) {
      throw new Refused(e.reason(), e.sentence());
    }
  }

  private static Level level(String word) throws Refused {
    return switch (word) {
      case "debug" -> Level.DEBUG;
      case "info" -> Level.INFO;
      case "warn" -> Level.WARN;
      default ->
          throw Arguments.malformed(
              "level %s, expected debug, info or warn".formatted(Printable.of(word)));
    };
  }
}
