package dev.twinspan.agent.fleet;

import dev.twinspan.agent.fleet.command.Verb;
import dev.twinspan.agent.fleet.events.Outbox;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.Verdict;
import dev.twinspan.agent.update.Updates;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The payloads of {@code fleet/asyncapi.yaml}. What is not known is absent. */
final class Payloads {
  /** Of these documents; a later one only adds. */
  private static final int SCHEMA = 1;

  private static final int MOST_SENTENCE = 4_000;

  /** One for the box, and one for each of so many tunnels. */
  private static final int MOST_FINDINGS = 8;

  private Payloads() {}

  /** Whether a box is there. */
  enum State {
    /** Connected; what it is follows. */
    INIT,
    READY,
    /** The broker's word: it went without one. */
    LOST,
    /** It said so. */
    DISCONNECTED
  }

  /**
   * @param session counter of the agent's starts: a will of an older one is of no interest
   */
  static ObjectNode state(State state, long session, AgentStatus status) {
    return Json.object()
        .put("state", word(state))
        .put("session", session)
        .put("version", status.version())
        .put("since", status.since().toString());
  }

  static ObjectNode about(long session, AgentStatus status) {
    ObjectNode about =
        Json.object()
            .put("schema", SCHEMA)
            .put("session", session)
            .put("device", status.device())
            .put("site", status.site())
            .put("version", status.version())
            .put("fips", status.fips().on());
    about.set(
        "cryptoBackend",
        Json.object()
            .put("name", status.cryptoBackend().name())
            .put("version", status.cryptoBackend().version())
            .put("reason", status.cryptoBackend().reason()));
    ArrayNode offloads = Json.array();
    status.offloads().stream()
        .filter(AgentStatus.Offload::on)
        .forEach(offload -> offloads.add(offload.name()));
    about.set("offloads", offloads);
    ArrayNode tunnels = Json.array();
    status.tunnels().forEach(tunnel -> tunnels.add(tunnel.name()));
    about.set("tunnels", tunnels);
    ArrayNode warnings = Json.array();
    status.warnings().forEach(warnings::add);
    about.set("warnings", warnings);
    ArrayNode capabilities = Json.array();
    for (FleetTopic topic : FleetTopic.values()) {
      if (topic != FleetTopic.OTA || Updates.supported()) {
        capabilities.add(topic.name().toLowerCase(Locale.ROOT));
      }
    }
    capabilities.add("desired");
    capabilities.add("ack");
    capabilities.add(FleetTopic.REBIRTH);
    Verb.offered().forEach(verb -> capabilities.add("cmd/" + verb.word()));
    about.set("capabilities", capabilities);
    return about;
  }

  /**
   * @param sequence of this session's reports, from 1; a gap tells that one was lost
   */
  static ObjectNode health(long session, long sequence, AgentStatus status, Machine machine) {
    ObjectNode health =
        Json.object()
            .put("session", session)
            .put("seq", sequence)
            .put("time", status.time().toString());
    ArrayNode tunnels = Json.array();
    status.tunnels().forEach(tunnel -> tunnels.add(tunnel(tunnel)));
    health.set("tunnels", tunnels);
    ArrayNode sessions = Json.array();
    for (BgpSession bgp : status.bgp()) {
      sessions.add(
          Json.object()
              .put("session", bgp.tunnel())
              .put("state", word(bgp.state()))
              .put("received", bgp.received())
              .put("advertised", bgp.advertised()));
    }
    health.set("bgp", sessions);
    ArrayNode findings = Json.array();
    status.added().first().stream()
        .limit(MOST_FINDINGS)
        .forEach(verdict -> findings.add(finding(verdict)));
    health.set("findings", findings);
    ObjectNode drops = Json.object();
    new TreeMap<>(status.drops()).forEach(drops::put);
    health.set("drops", drops);
    known(health, "cpuSeconds", machine.cpuSeconds());
    known(health, "memoryBytes", machine.memoryBytes());
    known(health, "celsius", machine.celsius());
    return health;
  }

  /** As it is kept: how it is told is not known yet. */
  static ObjectNode event(Event event) {
    ObjectNode told =
        Json.object()
            .put("id", event.id())
            .put("session", event.session())
            .put("number", event.number())
            .put("time", event.time().toString());
    if (event.tunnel() != null) {
      told.put("tunnel", event.tunnel());
    }
    told.put("code", event.code()).put("sentence", shortened(event.sentence()));
    known(told, "outageMillis", millis(event.outage()));
    return told;
  }

  /** As it is told. */
  static byte[] event(Outbox.Sending sending) {
    try {
      ObjectNode told =
          (ObjectNode) Json.parse(new String(sending.payload(), StandardCharsets.UTF_8));
      told.put("historical", sending.historical());
      if (sending.dropped() > 0) {
        told.put("dropped", sending.dropped());
      }
      return bytes(told);
    } catch (Json.Malformed | ClassCastException e) {
      throw new IllegalStateException("an event that was kept is not what was written", e);
    }
  }

  static byte[] bytes(ObjectNode payload) {
    return Json.compact(payload).getBytes(StandardCharsets.UTF_8);
  }

  /** A peer's words may be in it. */
  private static String shortened(String sentence) {
    return sentence.length() <= MOST_SENTENCE
        ? sentence
        : sentence.substring(0, MOST_SENTENCE) + "…";
  }

  private static ObjectNode finding(Verdict verdict) {
    ObjectNode told =
        Json.object()
            .put("severity", verdict.severity())
            .put("cause", verdict.cause())
            .put("title", verdict.title())
            .put("about", verdict.about())
            .put("sentence", shortened(verdict.sentence()));
    ArrayNode fixes = told.putArray("fixes");
    verdict.fixes().forEach(fixes::add);
    return told;
  }

  private static ObjectNode tunnel(TunnelStatus tunnel) {
    ObjectNode told =
        Json.object()
            .put("name", tunnel.name())
            .put("state", word(tunnel.state()))
            .put("reason", tunnel.reason().code())
            .put("sentence", tunnel.reason().sentence())
            .put("since", tunnel.since().toString())
            .put("inBits", tunnel.rates().inBits())
            .put("outBits", tunnel.rates().outBits())
            .put("lossIn", tunnel.quality().lossIn());
    TunnelStatus.Probe probe = tunnel.quality().probe();
    known(told, "rttMillis", millis(probe == null ? tunnel.rtt() : probe.latency()));
    return told;
  }

  private static double millis(@Nullable Duration duration) {
    return duration == null ? Double.NaN : duration.toNanos() / 1e6;
  }

  private static void known(ObjectNode tree, String name, double value) {
    if (!Double.isNaN(value)) {
      tree.put(name, value);
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
