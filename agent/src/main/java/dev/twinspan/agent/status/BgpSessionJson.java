package dev.twinspan.agent.status;

import static dev.twinspan.agent.status.StatusReader.instant;
import static dev.twinspan.agent.status.StatusReader.text;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.json.Json.Malformed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link BgpSession} as JSON and back. */
final class BgpSessionJson {
  private BgpSessionJson() {}

  static ObjectNode tree(BgpSession session) {
    ObjectNode tree =
        Json.object()
            .put("tunnel", session.tunnel())
            .put("local", session.local())
            .put("remote", session.remote())
            .put("asn", session.asn())
            .put("state", StatusWriter.word(session.state()))
            .put("since", session.since().toString());
    tree.set(
        "reason",
        Json.object()
            .put("code", session.reason().code())
            .put("sentence", session.reason().sentence()));
    tree.put("holdSeconds", session.holdSeconds())
        .put("received", session.received())
        .put("accepted", session.accepted())
        .put("stale", session.stale())
        .put("advertised", session.advertised())
        .put("maxPrefixes", session.maxPrefixes());
    BgpSession.Failure failure = session.lastFailure();
    if (failure != null) {
      tree.set(
          "lastFailure",
          Json.object()
              .put("time", failure.time().toString())
              .put("code", failure.code())
              .put("sentence", failure.sentence()));
    }
    ArrayNode alarms = Json.array();
    session.alarms().forEach(alarms::add);
    tree.set("alarms", alarms);
    return tree;
  }

  static BgpSession session(JsonNode tree) throws Malformed {
    List<String> alarms = new ArrayList<>();
    tree.path("alarms").forEach(alarm -> alarms.add(alarm.asString("")));
    JsonNode reason = tree.path("reason");
    return new BgpSession(
        text(tree, "tunnel"),
        text(tree, "local"),
        text(tree, "remote"),
        tree.path("asn").asLong(0),
        BgpSession.State.valueOf(text(tree, "state").toUpperCase(Locale.ROOT)),
        instant(tree, "since"),
        new BgpSession.Reason(text(reason, "code"), text(reason, "sentence")),
        tree.path("holdSeconds").asInt(0),
        tree.path("received").asInt(0),
        tree.path("accepted").asInt(0),
        tree.path("stale").asInt(0),
        tree.path("advertised").asInt(0),
        tree.path("maxPrefixes").asInt(0),
        failure(tree.path("lastFailure")),
        alarms);
  }

  private static BgpSession.@Nullable Failure failure(JsonNode tree) throws Malformed {
    return tree.isObject()
        ? new BgpSession.Failure(instant(tree, "time"), text(tree, "code"), text(tree, "sentence"))
        : null;
  }
}
