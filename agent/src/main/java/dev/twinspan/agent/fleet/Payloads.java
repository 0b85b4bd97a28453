package dev.twinspan.agent.fleet;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.TunnelStatus;
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
      capabilities.add(topic.name().toLowerCase(Locale.ROOT));
    }
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
    ObjectNode drops = Json.object();
    new TreeMap<>(status.drops()).forEach(drops::put);
    health.set("drops", drops);
    known(health, "cpuSeconds", machine.cpuSeconds());
    known(health, "memoryBytes", machine.memoryBytes());
    known(health, "celsius", machine.celsius());
    return health;
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
