package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.TunnelStatus.ChildSa;
import dev.twinspan.agent.status.TunnelStatus.Ike;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link AgentStatus} as JSON: the one form for {@code status --json}, the HTTP endpoint and
 * whatever else twins it. {@link StatusReader} is its inverse. SPIs are hexadecimal as packet
 * captures show them, times ISO 8601 in UTC, durations milliseconds; what is not known is absent.
 */
public final class StatusWriter {
  private StatusWriter() {}

  public static ObjectNode tree(AgentStatus status) {
    ObjectNode tree = Json.object();
    tree.put("device", status.device());
    tree.put("site", status.site());
    tree.put("version", status.version());
    tree.put("session", status.session());
    tree.put("since", status.since().toString());
    tree.put("time", status.time().toString());
    tree.set("fips", fips(status.fips()));
    tree.set(
        "cryptoBackend",
        Json.object()
            .put("name", status.cryptoBackend().name())
            .put("version", status.cryptoBackend().version())
            .put("reason", status.cryptoBackend().reason()));
    tree.set("offloads", array(status.offloads(), StatusWriter::offload));
    tree.set("loops", array(status.loops(), StatusWriter::loop));
    tree.set("connections", array(status.connections(), StatusWriter::connection));
    tree.set("bgp", array(status.bgp(), BgpSessionJson::tree));
    tree.set("routes", array(status.routes(), StatusWriter::route));
    tree.set("warnings", texts(status.warnings()));
    tree.set("drills", array(status.drills(), StatusWriter::drill));
    tree.set("drops", counters(status.drops()));
    tree.set("events", array(status.events(), StatusWriter::event));
    tree.set("eventTotals", EventTotalsJson.tree(status.totals()));
    tree.set("verdicts", VerdictJson.tree(status.added().verdicts()));
    if (status.added().fleet() != null) {
      tree.set("fleet", FleetStatusJson.tree(status.added().fleet()));
    }
    return tree;
  }

  /** The answer to a command. */
  public static ObjectNode tree(ControlResult result) {
    return Json.object()
        .put("ok", result.ok())
        .put("code", result.code())
        .put("sentence", result.sentence());
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode fips(AgentStatus.Fips fips) {
    ObjectNode tree = Json.object().put("on", fips.on());
    tree.set(
        "modules",
        array(
            fips.modules(),
            module ->
                Json.object()
                    .put("part", module.part())
                    .put("name", module.name())
                    .put("version", module.version())
                    .put("approvedOnly", module.approvedOnly())
                    .put("selfTest", module.selfTest())));
    return tree;
  }

  private static ObjectNode offload(AgentStatus.Offload offload) {
    return Json.object()
        .put("name", offload.name())
        .put("on", offload.on())
        .put("reason", offload.reason());
  }

  private static ObjectNode loop(AgentStatus.Loop loop) {
    ObjectNode tree = Json.object().put("number", loop.number());
    tree.set("sends", texts(loop.sends()));
    tree.set("receives", texts(loop.receives()));
    return tree;
  }

  private static ArrayNode texts(List<String> all) {
    ArrayNode array = Json.array();
    all.forEach(array::add);
    return array;
  }

  private static ObjectNode connection(AgentStatus.Connection connection) {
    ObjectNode tree = Json.object();
    tree.put("name", connection.name());
    tree.put("mode", connection.mode());
    tree.set("tunnels", array(connection.tunnels(), StatusWriter::tunnel));
    return tree;
  }

  private static ObjectNode tunnel(TunnelStatus tunnel) {
    ObjectNode tree = Json.object();
    tree.put("name", tunnel.name());
    tree.put("connection", tunnel.connection());
    tree.put("instance", tunnel.instance());
    tree.put("state", word(tunnel.state()));
    tree.set("reason", reason(tunnel.reason()));
    tree.put("since", tunnel.since().toString());
    known(tree, "local", tunnel.local());
    known(tree, "remote", tunnel.remote());
    if (tunnel.ike() != null) {
      tree.set("ike", ike(tunnel.ike()));
    }
    tree.set("childSas", array(tunnel.childSas(), StatusWriter::childSa));
    tree.set("missingPairs", array(tunnel.missingPairs(), StatusWriter::missingPair));
    TunnelStatus.Traffic traffic = tunnel.traffic();
    tree.set(
        "traffic",
        Json.object()
            .put("inBytes", traffic.inBytes())
            .put("inPackets", traffic.inPackets())
            .put("outBytes", traffic.outBytes())
            .put("outPackets", traffic.outPackets())
            .put("lost", traffic.lost())
            .put("marked", traffic.marked()));
    TunnelStatus.Rates rates = tunnel.rates();
    tree.set(
        "rates",
        Json.object()
            .put("inBits", rates.inBits())
            .put("inPackets", rates.inPackets())
            .put("outBits", rates.outBits())
            .put("outPackets", rates.outPackets()));
    millis(tree, "rttMillis", tunnel.rtt());
    tree.set("quality", quality(tunnel.quality()));
    tree.put("rekeys", tunnel.rekeys());
    tree.put("retransmits", tunnel.retransmits());
    tree.set("drops", counters(tunnel.drops()));
    return tree;
  }

  private static ObjectNode quality(TunnelStatus.Quality quality) {
    ObjectNode tree = Json.object();
    tree.put("lossIn", quality.lossIn());
    TunnelStatus.Probe probe = quality.probe();
    if (probe != null) {
      ObjectNode told = Json.object();
      told.put("target", probe.target());
      told.put("answers", probe.answers());
      millis(told, "latencyMillis", probe.latency());
      told.put("loss", probe.loss());
      told.put("sent", probe.sent());
      told.put("answered", probe.answered());
      told.put("missed", probe.missed());
      tree.set("probe", told);
    }
    if (quality.shunned() != null) {
      tree.set("shunned", reason(quality.shunned()));
    }
    return tree;
  }

  private static ObjectNode reason(TunnelStatus.Reason why) {
    ObjectNode details = Json.object();
    why.details().forEach(details::put);
    ObjectNode reason = Json.object();
    reason.put("code", why.code());
    reason.put("sentence", why.sentence());
    reason.set("details", details);
    return reason;
  }

  private static ObjectNode missingPair(TunnelStatus.MissingPair pair) {
    ObjectNode tree = Json.object();
    tree.put("local", pair.local());
    tree.put("remote", pair.remote());
    tree.set("reason", reason(pair.reason()));
    tree.put("since", pair.since().toString());
    return tree;
  }

  private static ObjectNode ike(Ike ike) {
    return Json.object()
        .put("suite", ike.suite())
        .put("initiator", ike.initiator())
        .put("natHere", ike.natHere())
        .put("natThere", ike.natThere())
        .put("initiatorSpi", "%016x".formatted(ike.initiatorSpi()))
        .put("responderSpi", "%016x".formatted(ike.responderSpi()))
        .put("count", ike.count());
  }

  private static ObjectNode childSa(ChildSa sa) {
    return Json.object()
        .put("inboundSpi", "%08x".formatted(sa.inboundSpi()))
        .put("outboundSpi", "%08x".formatted(sa.outboundSpi()))
        .put("suite", sa.suite())
        .put("since", sa.since().toString())
        .put("sending", sa.sending())
        .put("inBytes", sa.inBytes())
        .put("inPackets", sa.inPackets())
        .put("outBytes", sa.outBytes())
        .put("outPackets", sa.outPackets());
  }

  private static ObjectNode route(RouteStatus route) {
    ObjectNode tree = Json.object();
    tree.put("prefix", route.prefix());
    tree.put("group", route.group());
    tree.set(
        "shares",
        array(
            route.shares(),
            share -> Json.object().put("tunnel", share.tunnel()).put("share", share.share())));
    return tree;
  }

  private static ObjectNode event(Event event) {
    ObjectNode tree = Json.object().put("id", event.id());
    tree.put("time", event.time().toString());
    known(tree, "tunnel", event.tunnel());
    tree.put("code", event.code());
    tree.put("sentence", event.sentence());
    millis(tree, "outageMillis", event.outage());
    return tree;
  }

  private static ObjectNode drill(DrillStatus drill) {
    ObjectNode tree = Json.object();
    tree.put("tunnel", drill.tunnel());
    tree.put("outcome", word(drill.outcome()));
    known(tree, "at", drill.at() == null ? null : drill.at().toString());
    millis(tree, "outageMillis", drill.outage());
    tree.put("dropped", drill.dropped());
    millis(tree, "closedAfterMillis", drill.closedAfter());
    millis(tree, "backAfterMillis", drill.backAfter());
    tree.put("sentence", drill.sentence());
    return tree;
  }

  private static void known(ObjectNode tree, String name, @Nullable String value) {
    if (value != null) {
      tree.put(name, value);
    }
  }

  /** With fractions, to the nanosecond. */
  private static void millis(ObjectNode tree, String name, @Nullable Duration value) {
    if (value != null) {
      tree.set(name, JsonNodeFactory.instance.numberNode(value.toNanos() / 1e6));
    }
  }

  private static ObjectNode counters(Map<String, Long> counters) {
    ObjectNode tree = Json.object();
    new TreeMap<>(counters).forEach(tree::put);
    return tree;
  }

  private static <T> ArrayNode array(List<T> values, Function<T, JsonNode> form) {
    ArrayNode array = Json.array();
    values.forEach(value -> array.add(form.apply(value)));
    return array;
  }
}
