package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * BGP through both tunnels, the way Azure has it: two instances, each strongSwan and a BGP daemon
 * of AS 65515, and the appliance that speaks to both from one loopback address. 4,000 prefixes go
 * each way, flows use both tunnels, our prepending is seen over there, and their Cease is told in
 * words. FRR alone unless {@code -Dtwinspan.bgp=all}.
 */
class BgpTunnelsIT {
  private static final int PREFIXES = 4_000;

  @TempDir Path directory;

  static Stream<BgpDaemon.Kind> daemons() {
    return Stream.of(BgpDaemon.Kind.values())
        .filter(
            kind ->
                kind == BgpDaemon.Kind.FRR || System.getProperty("twinspan.bgp", "").equals("all"));
  }

  @ParameterizedTest
  @MethodSource("daemons")
  void shouldSpeakOverBothTunnels(BgpDaemon.Kind kind) throws IOException {
    try (BgpStage stage =
        BgpStage.start(kind, directory, PREFIXES, "", PREFIXES, List.of("prepend: 2"))) {
      if (kind == BgpDaemon.Kind.GOBGP) {
        stage.await("sessions", () -> stage.established(0) && stage.established(1));
        for (int i = 0; i < 2; i++) {
          // It has no routes in its configuration.
          assertThat(stage.daemon(i).ask("global", "rib", "add", Addresses.VNET_PREFIX)).isBlank();
        }
      }
      int offered = kind == BgpDaemon.Kind.GOBGP ? 1 : PREFIXES;
      stage.await("all of their prefixes by both tunnels", () -> stage.shared() == offered);
      stage.await(
          "all of theirs and all of ours in the count of in0's session",
          () ->
              stage
                  .session(0)
                  .filter(s -> s.received() == offered && s.advertised() == PREFIXES)
                  .isPresent());
      BgpSession session = stage.session(0).orElseThrow();
      assertThat(session.holdSeconds()).isEqualTo(180);
      assertThat(session.alarms()).anySatisfy(a -> assertThat(a).contains("4000"));
      // Beside the two peers' own.
      stage.await(
          offered + 2 + " routes in the kernel",
          () ->
              stage
                      .stage()
                      .bench()
                      .topology()
                      .cpe()
                      .ip("-4", "route", "show", "metric", "50")
                      .lines()
                      .count()
                  == offered + 2);
      for (int i = 0; i < 2; i++) {
        BgpDaemon daemon = stage.daemon(i);
        stage.await("all of ours there", () -> daemon.routesFromUs().contains("4000"));
        // Once because it must be, and twice as asked.
        stage.await(
            "our prepending there",
            () ->
                daemon
                    .route("172.16.7.0/24")
                    .replaceAll("[\\[\\]]", "")
                    .contains("65010 65010 65010"));
      }
      flows(stage);
      cease(stage, kind);
    }
  }

  private static void flows(BgpStage stage) {
    Hosts hosts = stage.stage().bench().hosts();
    stage.stage().awaitBothUp(Scenario.UP);
    hosts.udp(32, 20, 256);
    Scenario.awaitAllAlive(stage.stage(), hosts, Scenario.FLOWS);
    Await.orThrow(
        Scenario.FLOWS,
        () ->
            Scenario.traffic(stage.stage(), 0).outPackets() > 20
                && Scenario.traffic(stage.stage(), 1).outPackets() > 20,
        "bytes on both tunnels",
        () -> stage.stage().describe());
  }

  /** One of them goes for maintenance: its prefixes go by the other tunnel alone. */
  private static void cease(BgpStage stage, BgpDaemon.Kind kind) {
    switch (kind) {
      case FRR ->
          stage
              .daemon(0)
              .ask(
                  "configure terminal",
                  "router bgp 65515",
                  "neighbor 10.255.0.17 shutdown message gateway maintenance");
      case BIRD -> stage.daemon(0).ask("disable", "box", "\"gateway maintenance\"");
      case GOBGP ->
          stage
              .daemon(0)
              .ask("neighbor", "10.255.0.17", "shutdown", "--reason", "gateway maintenance");
    }
    stage.await(
        "their Cease in words",
        () ->
            stage
                .session(0)
                .map(BgpSession::lastFailure)
                .map(BgpSession.Failure::sentence)
                .filter(f -> f.contains("Cease/Administrative Shutdown (6/2)"))
                .filter(f -> f.toLowerCase(Locale.ROOT).contains("gateway maintenance"))
                .isPresent());
    stage.await("the event", () -> stage.event("bgp-cease-received"));
    stage.await(
        "in1 alone for all prefixes, and its session",
        () ->
            stage.established(1)
                && stage.status().filter(BgpTunnelsIT::isByTheOtherAlone).isPresent());
  }

  private static boolean isByTheOtherAlone(AgentStatus status) {
    return !status.routes().isEmpty()
        && status.routes().stream()
            .allMatch(
                route ->
                    route.shares().size() == 1
                        && route.shares().getFirst().tunnel().equals("hub-weu/in1"));
  }

  /** One prefix too many: the session ends with Cease 6/1, and status names the setting. */
  @Test
  void shouldActAboveThePrefixLimitAndSaySo() throws IOException {
    try (BgpStage stage =
        BgpStage.start(BgpDaemon.Kind.FRR, directory, PREFIXES + 1, "", 1, List.of())) {
      stage.await("the limit to act on both", () -> limited(stage, 0) && limited(stage, 1));
      stage.await("no route", () -> stage.status().filter(s -> s.routes().isEmpty()).isPresent());
      stage.await("the event", () -> stage.event("bgp-prefix-limit"));
      stage.await(
          "Cease 6/1 at the other end",
          () -> stage.daemon(0).log().matches("(?s).*(6/1|Maximum Number of Prefixes).*"));
      Await.orThrow(
          Scenario.UP,
          () -> stage.stage().up(0) && stage.stage().up(1),
          "the tunnels untouched",
          () -> stage.stage().describe());
    }
  }

  private static boolean limited(BgpStage stage, int index) {
    return stage
        .session(index)
        .map(BgpSession::lastFailure)
        .map(
            failure ->
                failure.code().equals("prefix-limit")
                    && failure.sentence().contains("bgp.max-prefixes"))
        .orElse(false);
  }
}
