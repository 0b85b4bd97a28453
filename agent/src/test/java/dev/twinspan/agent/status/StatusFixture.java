package dev.twinspan.agent.status;

import dev.twinspan.agent.status.TunnelStatus.ChildSa;
import dev.twinspan.agent.status.TunnelStatus.Ike;
import dev.twinspan.agent.status.TunnelStatus.Rates;
import dev.twinspan.agent.status.TunnelStatus.Reason;
import dev.twinspan.agent.status.TunnelStatus.State;
import dev.twinspan.agent.status.TunnelStatus.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A box with two tunnels, as it is at some time. */
public final class StatusFixture {
  public static final Instant START = Instant.parse("2026-09-21T09:46:57Z");

  private StatusFixture() {}

  private static final TunnelStatus.MissingPair MISSING =
      new TunnelStatus.MissingPair(
          "192.168.51.0/24",
          "10.10.0.0/16",
          new Reason("pair-refused", "the gateway refuses it (TS_UNACCEPTABLE)", Map.of()),
          at(5));

  /** One tunnel, up, without one of its pairs of selectors. */
  public static AgentStatus lackingAPair(int second) {
    return box(second, List.of(up("in0", second, 100_000_000L, List.of(MISSING))));
  }

  /** Both tunnels carry traffic. */
  public static AgentStatus both(int second) {
    return box(second, List.of(up("in0", second, 100_000_000L), up("in1", second, 25_000_000L)));
  }

  /** The second tunnel has failed for the wrong key. */
  public static AgentStatus oneFailed(int second) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("offered here", "AES256-SHA384-ECP384");
    details.put("answered there", "AUTHENTICATION_FAILED");
    TunnelStatus failed =
        new TunnelStatus(
            "hub-weu/in1",
            "hub-weu",
            "in1",
            State.FAILED,
            new Reason(
                "psk-mismatch",
                "203.0.113.11 refused our AUTH payload (AUTHENTICATION_FAILED): the shared key in"
                    + " secrets/hub-weu.psk is not the connection's in Azure; set"
                    + " connections[0].psk",
                details),
            at(second - 7),
            "198.51.100.7:4500",
            "203.0.113.11:4500",
            null,
            List.of(),
            List.of(),
            Traffic.NONE,
            Rates.NONE,
            null,
            0,
            4,
            Map.of("no-sa", 12L));
    return box(second, List.of(up("in0", second, 100_000_000L), failed));
  }

  static DrillStatus drill(DrillStatus.Outcome outcome) {
    boolean running = outcome == DrillStatus.Outcome.RUNNING;
    return new DrillStatus(
        "hub-weu/in0",
        outcome,
        running ? null : at(5),
        running ? null : Duration.ofMillis(12),
        0,
        running ? null : Duration.ofMillis(1_500),
        running ? null : Duration.ofMillis(700),
        running ? "under way" : "outage 12 ms; 0 packets dropped");
  }

  /** Both up, and these drills. */
  static AgentStatus drilled(List<DrillStatus> drills) {
    AgentStatus s = both(10);
    return new AgentStatus(
        s.device(),
        s.site(),
        s.version(),
        s.session(),
        s.since(),
        s.time(),
        s.fips(),
        s.cryptoBackend(),
        s.offloads(),
        s.loops(),
        s.connections(),
        s.bgp(),
        s.routes(),
        s.warnings(),
        drills,
        s.drops(),
        s.events(),
        s.totals(),
        s.added());
  }

  public static Instant at(int second) {
    return START.plusSeconds(second);
  }

  private static final List<Event> EVENTS =
      List.of(
          new Event(7, 1, at(1), null, "started", "twinspan 0.1.0 started", null),
          new Event(7, 2, at(3), "hub-weu/in0", "established", "IKE SA established", null),
          new Event(
              7,
              3,
              at(9),
              "hub-weu/in1",
              "failover",
              "flows moved to hub-weu/in0",
              Duration.ofMillis(412)));

  private static AgentStatus box(int second, List<TunnelStatus> tunnels) {
    boolean both = tunnels.stream().allMatch(tunnel -> tunnel.state() == State.UP);
    return new AgentStatus(
        "branch-0017",
        "lyon",
        "0.1.0",
        7,
        START,
        at(second),
        AgentStatus.Fips.OFF,
        new AgentStatus.CryptoBackend("ipsec-mb", "1.3.0", "self-test passed"),
        List.of(
            new AgentStatus.Offload("udp-gso", true, "probed"),
            new AgentStatus.Offload("udp-gro", false, "kernel says EINVAL")),
        List.of(
            new AgentStatus.Loop(0, List.of("hub-weu/in0"), List.of("hub-weu/in1")),
            new AgentStatus.Loop(1, List.of("hub-weu/in1"), List.of("hub-weu/in0"))),
        List.of(new AgentStatus.Connection("hub-weu", "active-active", tunnels)),
        List.of(),
        List.of(
            new RouteStatus(
                "10.10.0.0/16",
                "hub-weu",
                both
                    ? List.of(
                        new RouteStatus.Share("hub-weu/in0", 0.5),
                        new RouteStatus.Share("hub-weu/in1", 0.5))
                    : List.of(new RouteStatus.Share("hub-weu/in0", 1)))),
        both ? List.of() : List.of("connections[0]: one tunnel only"),
        both ? List.of() : List.of(drill(DrillStatus.Outcome.PASSED)),
        Map.of("no-route", 3L),
        EVENTS,
        EventTotals.NONE.with(EVENTS.get(0)).with(EVENTS.get(1)).with(EVENTS.get(2)),
        Added.NOTHING);
  }

  private static TunnelStatus up(String instance, int second, long bytesASecond) {
    return up(instance, second, bytesASecond, List.of());
  }

  private static TunnelStatus up(
      String instance, int second, long bytesASecond, List<TunnelStatus.MissingPair> missing) {
    long bytes = bytesASecond * second;
    return new TunnelStatus(
        "hub-weu/" + instance,
        "hub-weu",
        instance,
        State.UP,
        new Reason("established", "IKE SA established", Map.of()),
        at(3),
        "198.51.100.7:4500",
        "203.0.113.1" + instance.substring(2) + ":4500",
        new Ike("AES256-SHA384-ECP384", true, false, false, 0x1122334455667788L, -2L, 1),
        List.of(
            new ChildSa(
                0xc0ffee01,
                0x0badcafe,
                "GCMAES256",
                at(3),
                true,
                bytes,
                bytes / 1000,
                bytes / 2,
                bytes / 2000)),
        missing,
        new Traffic(bytes, bytes / 1000, bytes / 2, bytes / 2000, second / 10, second / 20),
        new Rates(bytesASecond * 8.0, bytesASecond / 1000.0, bytesASecond * 4.0, 0.5),
        Duration.ofNanos(12_345_678),
        1,
        0,
        Map.of());
  }
}
