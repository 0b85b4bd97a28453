package dev.twinspan.agent.metrics;

import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.Probe;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is told of each tunnel. Its label is {@code tunnel="hub-weu/in0"}, the name every command
 * takes: a label {@code instance} is Prometheus' own for what it scrapes, and would be renamed.
 */
final class TunnelMetrics {
  private static final String PREFIX = "twinspan_tunnel_";

  private TunnelMetrics() {}

  static void add(Families families, List<TunnelStatus> tunnels, List<Event> events) {
    Families.Of<TunnelStatus> each = families.of(tunnels, TunnelMetrics::labels);
    states(each);
    traffic(each);
    quality(each);
    associations(each);
    outages(each, events);
    families.reasons(
        PREFIX + "dropped_packets",
        "Packets dropped on this tunnel, by reason.",
        tunnels,
        TunnelMetrics::labels,
        TunnelStatus::drops);
  }

  private static Labels labels(TunnelStatus tunnel) {
    return Labels.of("connection", tunnel.connection(), "tunnel", tunnel.name());
  }

  private static void states(Families.Of<TunnelStatus> each) {
    each.gauge(
            PREFIX + "up",
            null,
            "Whether the tunnel is up: 1 in state up, else 0.",
            tunnel -> tunnel.state() == TunnelStatus.State.UP ? 1 : 0)
        .states(
            PREFIX + "state",
            "What the operator sees of the tunnel.",
            TunnelStatus.State.values(),
            TunnelStatus::state)
        .info(
            PREFIX + "reason",
            "Why it is in that state, as a code; twinspan status has the sentence.",
            tunnel -> Labels.of("reason", tunnel.reason().code()))
        .gauge(
            PREFIX + "state_change_timestamp_seconds",
            Unit.SECONDS,
            "When the state was entered, Unix time.",
            tunnel -> seconds(tunnel.since()));
  }

  private static void traffic(Families.Of<TunnelStatus> each) {
    each.counter(
            PREFIX + "receive_bytes",
            Unit.BYTES,
            "Bytes of inner packets that came by the tunnel.",
            tunnel -> tunnel.traffic().inBytes())
        .counter(
            PREFIX + "receive_packets",
            null,
            "Inner packets that came by the tunnel.",
            tunnel -> tunnel.traffic().inPackets())
        .counter(
            PREFIX + "transmit_bytes",
            Unit.BYTES,
            "Bytes of inner packets that were sent by the tunnel.",
            tunnel -> tunnel.traffic().outBytes())
        .counter(
            PREFIX + "transmit_packets",
            null,
            "Inner packets that were sent by the tunnel.",
            tunnel -> tunnel.traffic().outPackets())
        .counter(
            PREFIX + "transmit_marked_packets",
            null,
            "Packets from the LAN that got a congestion mark because this box fell behind.",
            tunnel -> tunnel.traffic().marked())
        // No counter: what was only late is taken back when it comes.
        .gauge(
            PREFIX + "receive_missing_packets",
            null,
            "Inbound ESP sequence numbers that never came, as far as can be told by now.",
            tunnel -> tunnel.traffic().lost());
  }

  private static void quality(Families.Of<TunnelStatus> each) {
    each.gauge(
            PREFIX + "receive_loss_ratio",
            Unit.RATIO,
            "Share of the peer's ESP of the last seconds that did not come.",
            tunnel -> tunnel.quality().lossIn())
        .gauge(
            PREFIX + "shunned",
            null,
            "Whether new flows go by the other tunnels because this one is worse.",
            tunnel -> tunnel.quality().shunned() == null ? 0 : 1)
        .gauge(
            PREFIX + "ike_rtt_seconds",
            Unit.SECONDS,
            "Round trip of the last IKE exchange that was answered at once.",
            tunnel -> seconds(tunnel.rtt()))
        .gauge(
            PREFIX + "probe_rtt_seconds",
            Unit.SECONDS,
            "Round trip of the latest probes inside the tunnel.",
            probe(probe -> seconds(probe.latency())))
        .gauge(
            PREFIX + "probe_loss_ratio",
            Unit.RATIO,
            "Share of the latest probes inside the tunnel that were not answered.",
            probe(probe -> probe.answers() ? probe.loss() : Families.UNKNOWN))
        .counter(PREFIX + "probes", null, "Probes sent inside the tunnel.", probe(Probe::sent))
        .counter(
            PREFIX + "probe_answers",
            null,
            "Answers to probes inside the tunnel.",
            probe(Probe::answered));
  }

  private static void associations(Families.Of<TunnelStatus> each) {
    each.gauge(
            PREFIX + "ike_sas",
            null,
            "IKE SAs with the peer; more than one while one replaces another.",
            tunnel -> tunnel.ike() == null ? 0 : tunnel.ike().count())
        .gauge(
            PREFIX + "child_sas",
            null,
            "CHILD SAs (pairs of ESP SAs).",
            tunnel -> tunnel.childSas().size())
        .gauge(
            PREFIX + "missing_selector_pairs",
            null,
            "Configured pairs of traffic selectors without a CHILD SA.",
            tunnel -> tunnel.missingPairs().size())
        .counter(PREFIX + "rekeys", null, "Rekeys of IKE and CHILD SAs.", TunnelStatus::rekeys)
        .counter(
            PREFIX + "ike_retransmits",
            null,
            "IKE messages that were sent once more.",
            TunnelStatus::retransmits);
  }

  /** Of the latest event of each tunnel that measured one. */
  private static void outages(Families.Of<TunnelStatus> each, List<Event> events) {
    Map<String, Event> last = new HashMap<>();
    for (Event event : events) {
      if (event.tunnel() != null && event.outage() != null) {
        last.put(event.tunnel(), event);
      }
    }
    each.gauge(
            PREFIX + "last_outage_seconds",
            Unit.SECONDS,
            "How long traffic stood still at the last fail-over that was measured.",
            tunnel -> {
              Event event = last.get(tunnel.name());
              return event == null ? Families.UNKNOWN : seconds(event.outage());
            })
        .gauge(
            PREFIX + "last_outage_timestamp_seconds",
            Unit.SECONDS,
            "When that was, Unix time.",
            tunnel -> {
              Event event = last.get(tunnel.name());
              return event == null ? Families.UNKNOWN : seconds(event.time());
            });
  }

  private static ToDoubleFunction<TunnelStatus> probe(ToDoubleFunction<Probe> value) {
    return tunnel -> {
      Probe probe = tunnel.quality().probe();
      return probe == null ? Families.UNKNOWN : value.applyAsDouble(probe);
    };
  }

  static double seconds(@Nullable Duration duration) {
    return duration == null ? Families.UNKNOWN : duration.toNanos() / 1e9;
  }

  /** Unix time. */
  static double seconds(@Nullable Instant time) {
    return time == null ? Families.UNKNOWN : time.toEpochMilli() / 1e3;
  }
}
