package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.Reason;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Boxes of which something is the matter, or nothing. */
final class Cases {
  static final AgentStatus BOTH = well(StatusFixture.both(600));
  static final Host WELL = host(true, List.of(), 0);
  static final String IN1 = "hub-weu/in1";

  private Cases() {}

  static List<Finding> examine(AgentStatus status, Host host) {
    return examine(status, host, Map.of());
  }

  static List<Finding> examine(AgentStatus status, Host host, Map<String, Reach> reaches) {
    return Doctor.examine(new Evidence(status, status, reaches, host));
  }

  static Host host(boolean forwards, List<String> strict, long drops) {
    return new Host(forwards, strict, drops, 1400, Passage.NONE, List.of(), Set.of(), BOTH.time());
  }

  /** The fixture's machine refuses an offload. */
  static AgentStatus well(AgentStatus status) {
    return of(status, status.connections(), status.bgp(), status.events());
  }

  static AgentStatus in1(State state, String code) {
    return in1(state, code, "why it is so");
  }

  static AgentStatus in1(State state, String code, String sentence) {
    return in1(state, code, sentence, Map.of());
  }

  static AgentStatus in1(State state, String code, String sentence, Map<String, Long> drops) {
    TunnelStatus up = BOTH.tunnels().get(1);
    TunnelStatus other =
        new TunnelStatus(
            up.name(),
            up.connection(),
            up.instance(),
            state,
            new Reason(code, sentence, Map.of("peer", "203.0.113.11")),
            up.since(),
            up.local(),
            up.remote(),
            null,
            List.of(),
            List.of(),
            up.traffic(),
            up.rates(),
            null,
            0,
            0,
            drops);
    AgentStatus.Connection connection = BOTH.connections().getFirst();
    return of(
        BOTH,
        List.of(
            new AgentStatus.Connection(
                connection.name(), connection.mode(), List.of(BOTH.tunnels().getFirst(), other))),
        BOTH.bgp(),
        BOTH.events());
  }

  static AgentStatus with(AgentStatus status, List<BgpSession> bgp, @Nullable List<Event> events) {
    return of(status, status.connections(), bgp, events == null ? status.events() : events);
  }

  static AgentStatus of(
      AgentStatus status,
      List<AgentStatus.Connection> connections,
      List<BgpSession> bgp,
      List<Event> events) {
    List<AgentStatus.Offload> used =
        status.offloads().stream().filter(AgentStatus.Offload::on).toList();
    return of(status, used, connections, bgp, events);
  }

  static AgentStatus with(AgentStatus status, AgentStatus.Offload offload) {
    List<AgentStatus.Offload> offloads = new ArrayList<>(status.offloads());
    offloads.add(offload);
    return of(status, offloads, status.connections(), status.bgp(), status.events());
  }

  static AgentStatus of(
      AgentStatus status,
      List<AgentStatus.Offload> offloads,
      List<AgentStatus.Connection> connections,
      List<BgpSession> bgp,
      List<Event> events) {
    return new AgentStatus(
        status.device(),
        status.site(),
        status.version(),
        status.session(),
        status.since(),
        status.time(),
        status.fips(),
        status.cryptoBackend(),
        offloads,
        status.loops(),
        connections,
        bgp,
        status.routes(),
        status.warnings(),
        status.drills(),
        status.drops(),
        events,
        status.totals(),
        Added.NOTHING);
  }

  static BgpSession session(BgpSession.State state, String code, String sentence) {
    return session(
        state,
        new BgpSession.Reason(code, sentence),
        new BgpSession.Failure(BOTH.time(), code, sentence));
  }

  static BgpSession session(
      BgpSession.State state, BgpSession.Reason reason, BgpSession.Failure failure) {
    return new BgpSession(
        IN1,
        "10.255.0.17",
        "10.10.255.5",
        65515,
        state,
        BOTH.time().minus(Duration.ofMinutes(1)),
        reason,
        0,
        0,
        0,
        0,
        0,
        4000,
        failure,
        List.of());
  }

  static Event lost(String instance, int second) {
    return new Event(
        7,
        second,
        StatusFixture.START.plusSeconds(second),
        "hub-weu/" + instance,
        "peer-deleted",
        "the peer deleted the IKE SA",
        null);
  }

  static Event bgp(String code, String sentence) {
    return new Event(7, 1, BOTH.time(), IN1, code, sentence, null);
  }
}
