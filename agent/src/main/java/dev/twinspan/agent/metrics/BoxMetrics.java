package dev.twinspan.agent.metrics;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.DrillStatus;
import dev.twinspan.agent.status.FleetStatus;
import dev.twinspan.datapath.DropReason;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What is told of the box, its BGP sessions and its drills. */
final class BoxMetrics {
  private BoxMetrics() {}

  static void add(Families families, AgentStatus status) {
    families
        .once()
        .info(
            "twinspan",
            "Which box this is, and what it runs.",
            _ ->
                Labels.of(
                    "device", status.device(),
                    "site", status.site(),
                    "version", status.version(),
                    "esp_backend", status.cryptoBackend().name()))
        .gauge(
            "twinspan_start_time_seconds",
            Unit.SECONDS,
            "When the agent started, Unix time.",
            _ -> TunnelMetrics.seconds(status.since()))
        .gauge(
            "twinspan_status_timestamp_seconds",
            Unit.SECONDS,
            "When the control loop took these values, Unix time; it does so once a second.",
            _ -> TunnelMetrics.seconds(status.time()))
        .gauge(
            "twinspan_fips_mode",
            null,
            "Whether the box runs in FIPS mode.",
            _ -> status.fips().on() ? 1 : 0)
        .gauge(
            "twinspan_configuration_warnings",
            null,
            "What twinspan check warns of in the configuration in force.",
            _ -> status.warnings().size())
        .gauge(
            "twinspan_routes", null, "Prefixes behind the gateways.", _ -> status.routes().size())
        .gauge(
            "twinspan_routes_without_tunnel",
            null,
            "Of these, how many have no usable tunnel: their packets are dropped.",
            _ -> status.routes().stream().filter(route -> route.shares().isEmpty()).count());
    families
        .of(status.offloads(), offload -> Labels.of("offload", offload.name()))
        .gauge(
            "twinspan_offload_enabled",
            null,
            "Whether an offload is in use; twinspan status has the reason.",
            offload -> offload.on() ? 1 : 0);
    families.reasons(
        "twinspan_dropped_packets",
        "Packets and datagrams of the whole box that were not passed on, by reason.",
        List.of(status),
        _ -> Labels.EMPTY,
        BoxMetrics::drops);
    bgp(families, status.bgp());
    drills(families, status.drills());
    FleetStatus link = status.added().fleet();
    fleet(families, link == null ? List.of() : List.of(link));
  }

  private static void fleet(Families families, List<FleetStatus> links) {
    families
        .of(links, _ -> Labels.EMPTY)
        .gauge(
            "twinspan_fleet_connected",
            null,
            "Whether there is a link to the fleet's broker; absent where none is configured.",
            link -> link.state() == FleetStatus.State.CONNECTED ? 1 : 0)
        .gauge(
            "twinspan_fleet_state_change_timestamp_seconds",
            Unit.SECONDS,
            "When the link came, or went, Unix time.",
            link -> TunnelMetrics.seconds(link.since()))
        .gauge(
            "twinspan_fleet_waiting_events",
            null,
            "Events that the broker has not acknowledged yet.",
            FleetStatus::waiting)
        .counter(
            "twinspan_fleet_dropped_events",
            null,
            "Events that had to go for lack of room before the broker acknowledged them.",
            FleetStatus::dropped)
        .gauge(
            "twinspan_fleet_events_refused",
            null,
            "Whether the broker refuses events; twinspan status has its words.",
            link -> link.refused() == null ? 0 : 1);
    families.reasons(
        "twinspan_fleet_dropped_messages",
        "Messages of the broker that were not taken in, by reason.",
        links,
        _ -> Labels.EMPTY,
        link -> Map.of("overflow", link.overflow(), "unknown-topic", link.strangers()));
  }

  /** With zeros, so that the first packet is seen as an increase. */
  private static Map<String, Long> drops(AgentStatus status) {
    Map<String, Long> drops = new TreeMap<>();
    for (DropReason reason : DropReason.values()) {
      if (!reason.expected()) {
        drops.put(reason.name().toLowerCase(Locale.ROOT).replace('_', '-'), 0L);
      }
    }
    drops.putAll(status.drops());
    return drops;
  }

  private static void bgp(Families families, List<BgpSession> sessions) {
    families
        .of(sessions, session -> Labels.of("session", session.tunnel(), "peer", session.remote()))
        .gauge(
            "twinspan_bgp_session_up",
            null,
            "Whether the BGP session is established.",
            session -> session.state() == BgpSession.State.ESTABLISHED ? 1 : 0)
        .states(
            "twinspan_bgp_session_state",
            "State of the BGP session (RFC 4271 section 8.2.2).",
            BgpSession.State.values(),
            BgpSession::state)
        .gauge(
            "twinspan_bgp_session_state_change_timestamp_seconds",
            Unit.SECONDS,
            "When the state was entered, Unix time.",
            session -> TunnelMetrics.seconds(session.since()))
        .gauge(
            "twinspan_bgp_received_prefixes",
            null,
            "Prefixes held from the peer.",
            BgpSession::received)
        .gauge(
            "twinspan_bgp_accepted_prefixes",
            null,
            "Of these, those that the import policy let in.",
            BgpSession::accepted)
        .gauge(
            "twinspan_bgp_stale_prefixes",
            null,
            "Of these, those kept while the peer restarts.",
            BgpSession::stale)
        .gauge(
            "twinspan_bgp_prefix_limit",
            null,
            "Prefixes taken from the peer at most.",
            BgpSession::maxPrefixes)
        .gauge(
            "twinspan_bgp_advertised_prefixes",
            null,
            "Prefixes announced to the peer.",
            BgpSession::advertised)
        .gauge(
            "twinspan_bgp_alarms",
            null,
            "Limits reached or near, and what is not announced; twinspan status has the sentences.",
            session -> session.alarms().size());
  }

  private static void drills(Families families, List<DrillStatus> drills) {
    families
        .of(drills, drill -> Labels.of("tunnel", drill.tunnel()))
        .states(
            "twinspan_drill_outcome",
            "How the last self-drill of the tunnel ended.",
            DrillStatus.Outcome.values(),
            DrillStatus::outcome)
        .gauge(
            "twinspan_drill_end_timestamp_seconds",
            Unit.SECONDS,
            "When it ended, Unix time.",
            drill -> TunnelMetrics.seconds(drill.at()))
        .gauge(
            "twinspan_drill_outage_seconds",
            Unit.SECONDS,
            "How much longer than before it packets were sent and none came.",
            drill -> TunnelMetrics.seconds(drill.outage()))
        .gauge(
            "twinspan_drill_dropped_packets",
            null,
            "Packets that this box could not send meanwhile.",
            DrillStatus::dropped);
  }
}
