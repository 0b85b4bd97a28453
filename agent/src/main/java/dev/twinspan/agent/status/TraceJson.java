package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link TracedMessage} as JSON, both ways: {@code {"messages":[…]}}, oldest first. */
public final class TraceJson {
  private TraceJson() {}

  static ObjectNode tree(List<TracedMessage> messages) {
    ObjectNode tree = Json.object();
    ArrayNode array = tree.putArray("messages");
    for (TracedMessage message : messages) {
      ObjectNode node =
          array
              .addObject()
              .put("sequence", message.sequence())
              .put("time", message.time().toString())
              .put("sent", message.sent())
              .put("exchange", message.exchange())
              .put("response", message.response())
              .put("messageId", Integer.toUnsignedLong(message.messageId()))
              .put("initiatorSpi", hex(message.initiatorSpi()))
              .put("responderSpi", hex(message.responderSpi()))
              .put("times", message.times());
      ArrayNode payloads = node.putArray("payloads");
      message.payloads().forEach(payloads::add);
    }
    return tree;
  }

  /**
   * @throws Json.Malformed when it is no such answer
   */
  public static List<TracedMessage> read(JsonNode tree) throws Json.Malformed {
    List<TracedMessage> messages = new ArrayList<>();
    try {
      for (JsonNode node : tree.path("messages")) {
        List<String> payloads = new ArrayList<>();
        node.path("payloads").forEach(payload -> payloads.add(payload.stringValue()));
        messages.add(
            new TracedMessage(
                node.path("sequence").longValue(),
                Instant.parse(node.path("time").stringValue()),
                node.path("sent").booleanValue(),
                node.path("exchange").stringValue(),
                node.path("response").booleanValue(),
                (int) node.path("messageId").longValue(),
                HexFormat.fromHexDigitsToLong(node.path("initiatorSpi").stringValue()),
                HexFormat.fromHexDigitsToLong(node.path("responderSpi").stringValue()),
                node.path("times").intValue(),
                payloads));
      }
    } catch (DateTimeException
        | IllegalArgumentException
        | tools.jackson.databind.exc.JsonNodeException e) {
      throw new Json.Malformed("no trace: " + e.getMessage());
    }
    return messages;
  }

  private static String hex(long spi) {
    return HexFormat.of().toHexDigits(spi);
  }
}
