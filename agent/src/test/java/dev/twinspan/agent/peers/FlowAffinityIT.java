package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Capture;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 64 TCP connections stay open while an instance is lost and comes back. Captures behind the two
 * instances tell which tunnel each packet came by (outside it is ciphertext); a third, on the
 * internet, shows that nothing passes there in the clear. Every flow leaves by one tunnel; losing
 * in0 moves those that were on it and disturbs no other; its return takes back no more than its
 * share.
 *
 * <p>The VNet's way back is led over in1 throughout, so that what is seen is the appliance's choice
 * and not the fabric's.
 */
class FlowAffinityIT {
  private static final int FLOWS = 64;
  private static final String TO_VNET =
      "tcp and dst host " + Addresses.VNET_HOST + " and dst port 7001";

  /** 32, and four standard deviations of 64 fair coins: one run in 30,000 has more. */
  private static final int SHARE = 48;

  /** What a busy machine does to any flow, and far from the liveness check's timeout. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(3);

  private static final int ATTEMPTS = 5;

  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldKeepFlowsOnTheirTunnels(Stage.Peer peer) throws IOException {
    assumeTrue(Capture.possible(), "captures need root");
    try (Stage stage = Scenario.stage(peer)) {
      // Each tunnel on a loop of its own: what follows is asked of that, too.
      stage
          .appliance()
          .configure(stage.appliance().settings().withTop("tunnel-device: {cores: 2}"));
      stage.start();
      Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(Scenario.UP);
      stage.bench().fabric().drain(0, true);
      Await.orThrow(
          Scenario.UP,
          () -> !stage.bench().fabric().uses(0),
          "the way back by in1",
          stage::describe);
      Capture strangers =
          stage
              .bench()
              .capture(
                  stage.bench().topology().inet(),
                  "any",
                  "net 192.168.50.0/24 or net 10.10.0.0/16",
                  stage.bench().directory());
      hosts.lan().tcp(Addresses.VNET_HOST, FLOWS, 10);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      Observation before = restful(stage, hosts);
      Set<Integer> onIn0 = before.ports(0);
      Set<Integer> onIn1 = before.ports(1);
      assertThat(onIn0).isNotEmpty().doesNotContainAnyElementsOf(onIn1);
      assertThat(onIn1).isNotEmpty();
      assertThat(onIn0.size() + onIn1.size()).isEqualTo(FLOWS);

      hosts.mark();
      Observation lost = Observation.begin(stage);
      stage.bench().kill(0);
      Scenario.awaitAllAlive(stage, hosts, Gateways.DPD.multipliedBy(3));
      lost.end();
      assertThat(lost.ports(1)).hasSize(FLOWS);
      assertThat(gaps(hosts, onIn1)).allMatch(gap -> gap.compareTo(UNDISTURBED) < 0);

      hosts.mark();
      Observation back = Observation.begin(stage);
      Instant from = Instant.now();
      stage.bench().restore(0);
      Scenario.awaitTunnel(stage, 0, t -> t.state() == TunnelStatus.State.UP, "up");
      Observation.Counted at = new Observation.Counted(stage);
      Await.orThrow(Scenario.UP, at::bothCarry, "flows on in0 again", () -> Scenario.story(stage));
      back.end();
      // Each is a hold-up of the machine's: nothing else happens.
      List<Event> losses = Moves.losses(stage::status, from);
      assertThat(back.ports(0)).isNotEmpty();
      if (losses.isEmpty()) {
        assertThat(back.ports(0)).hasSizeLessThanOrEqualTo(SHARE);
      }
      assertThat(back.mostMoves())
          .as("losses meanwhile: %s", losses)
          .isLessThanOrEqualTo(1 + losses.size());
      assertThat(gaps(hosts, back.portsOnlyOn(1))).allMatch(gap -> gap.compareTo(UNDISTURBED) < 0);

      strangers.close();
      assertThat(strangers.file().toFile().length()).isEqualTo(PCAP_HEADER);
    }
  }

  private static final long PCAP_HEADER = 24;

  /** All flows, in a while in which none had to move. */
  private static Observation restful(Stage stage, Hosts hosts) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Instant from = Instant.now();
      Observation observation = Observation.begin(stage);
      Await.pause(OBSERVED);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      observation.end();
      if (Moves.since(stage::status, from).isEmpty()) {
        return observation;
      }
    }
    throw new AssertionError(
        "flows moved in each of %d looks: %s".formatted(ATTEMPTS, Scenario.story(stage)));
  }

  /** Behind what was under way when flows moved last, and with several packets of each. */
  private static final Duration OBSERVED = Duration.ofSeconds(1);

  private static List<Duration> gaps(Hosts hosts, Set<Integer> ports) {
    return hosts.lan().flows().stream()
        .filter(flow -> ports.contains(flow.port()))
        .map(FlowReport::longestGapNanos)
        .map(Duration::ofNanos)
        .toList();
  }

  /** Captures behind both instances from begin to end. */
  private static final class Observation {
    private final List<Capture> captures;
    private List<Map<Integer, Pcap.Seen>> flows = List.of();

    private Observation(List<Capture> captures) {
      this.captures = captures;
    }

    static Observation begin(Stage stage) {
      return new Observation(
          stage.bench().topology().instances().stream()
              .map(
                  machine ->
                      stage
                          .bench()
                          .capture(machine, Topology.VNET, TO_VNET, stage.bench().directory()))
              .toList());
    }

    void end() throws IOException {
      captures.forEach(Capture::close);
      flows =
          List.of(
              Pcap.tcpSourcePorts(captures.get(0).file()),
              Pcap.tcpSourcePorts(captures.get(1).file()));
    }

    Set<Integer> ports(int instance) {
      return flows.get(instance).keySet();
    }

    Set<Integer> portsOnlyOn(int instance) {
      Set<Integer> only = new HashSet<>(ports(instance));
      only.removeAll(ports(1 - instance));
      return only;
    }

    /**
     * The flow that was seen behind another instance than before most often, how often that was.
     */
    int mostMoves() throws IOException {
      return Pcap.moves(captures, Pcap.TCP).values().stream().max(Integer::compare).orElse(0);
    }

    /** The appliance's counters since this was made. */
    record Counted(Stage stage, long in0, long in1) {
      Counted(Stage stage) {
        this(
            stage,
            Scenario.traffic(stage, 0).outPackets(),
            Scenario.traffic(stage, 1).outPackets());
      }

      boolean bothCarry() {
        return Scenario.traffic(stage, 0).outPackets() > in0 + 2 * FLOWS
            && Scenario.traffic(stage, 1).outPackets() > in1 + 2 * FLOWS;
      }
    }
  }
}
