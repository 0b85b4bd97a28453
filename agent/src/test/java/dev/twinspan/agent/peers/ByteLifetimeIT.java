package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A byte lifetime so short that one file crosses it many times (Azure asks for a rekey each
 * 102,400,000 KB, every 14 minutes at 1 Gbit/s). The file arrives whole, the tunnels' keys were
 * replaced at least 20 times, no more than one pair of SAs is left a tunnel, and packets that pass
 * beside it show that nothing stood still.
 *
 * <p>{@code -Dtwinspan.lifetime.megabytes=2048} is the full form; then no flow may pause for more
 * than 200 ms, which a busy machine cannot promise in the short one.
 */
class ByteLifetimeIT {
  private static final int MEGABYTES = Integer.getInteger("twinspan.lifetime.megabytes", 256);

  /** Azure's least is 1 MB. */
  private static final long LIMIT_KILOBYTES = MEGABYTES * 1024L / 32;

  private static final int REKEYS = 20;
  private static final Duration LONGEST_PAUSE =
      MEGABYTES >= 2048 ? Duration.ofMillis(200) : Gateways.DPD;

  private static Suite suite() {
    return new Suite(
        "byte lifetime",
        ("{ikeEncryption: GCMAES256, ikeIntegrity: SHA384, dhGroup: ECP384, ipsecEncryption:"
                + " GCMAES256, ipsecIntegrity: GCMAES256, pfsGroup: ECP384, saLifeTimeSeconds: 27000,"
                + " saDataSizeKilobytes: %d}")
            .formatted(LIMIT_KILOBYTES),
        "aes256gcm16-prfsha384-ecp384",
        "aes256gcm16-ecp384");
  }

  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldReplaceKeysByBytesWithoutStandingStill(Stage.Peer peer) {
    try (Stage stage =
        Scenario.stage(peer, suite(), Role.RESPONDER_ONLY, Role.DEFAULT, Bench.Options.DEFAULT)) {
      stage.start();
      stage.awaitBothUp(Scenario.UP);
      Bench.Hosts hosts = stage.bench().hosts();
      hosts.udp(8, 50, 200);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      long before = rekeys(stage);
      hosts.mark();

      assertThat(hosts.lan().file(Addresses.VNET_HOST, true, 4, (long) MEGABYTES << 20).intact())
          .isTrue();

      List<FlowReport> flows = hosts.lan().flows();
      long rekeys = rekeys(stage) - before;
      Duration pause =
          Duration.ofNanos(flows.stream().mapToLong(FlowReport::longestGapNanos).max().orElse(0));
      System.out.printf(
          "%s: %d MB crossed %d rekeys, ESP by %s, longest pause of 8 flows at 50/s %d ms%n",
          peer, MEGABYTES, rekeys, Scenario.status(stage).cryptoBackend().name(), pause.toMillis());
      assertThat(rekeys).isGreaterThanOrEqualTo(REKEYS);
      assertThat(pause).isLessThanOrEqualTo(LONGEST_PAUSE);
      Await.orThrow(
          Scenario.UP,
          () ->
              stage
                  .status()
                  .map(AgentStatus::tunnels)
                  .filter(t -> t.stream().allMatch(one -> one.childSas().size() == 1))
                  .isPresent(),
          "one pair of SAs a tunnel",
          stage::describe);
    }
  }

  private static long rekeys(Stage stage) {
    return Scenario.status(stage).tunnels().stream().mapToLong(TunnelStatus::rekeys).sum();
  }
}
