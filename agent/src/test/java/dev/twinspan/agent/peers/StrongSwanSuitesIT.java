package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.status.TunnelStatus.Traffic;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both instances are stock strongSwan. Each IKE suite of the first issue is negotiated, and each
 * ESP suite carries a 20 MB file over TCP in both directions, by both tunnels: the checksum is
 * right at the other end, strongSwan itself names the algorithms, and the agent's counters show
 * that each tunnel carried a good part of the file each way.
 */
class StrongSwanSuitesIT {
  private static final long FILE = 20 << 20;

  /** All on one tunnel by chance: once in 2^15 transfers. */
  private static final int CONNECTIONS = 16;

  static Stream<Arguments> suites() {
    return Stream.of(
        Arguments.of(
            Suite.ECP384_GCM256, "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384", "ESP:AES_GCM_16-256"),
        Arguments.of(
            Suite.MODP2048_CBC256_SHA256,
            "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
            "ESP:AES_CBC-256/HMAC_SHA2_256_128"),
        Arguments.of(
            Suite.MODP1024_CBC256_SHA1,
            "AES_CBC-256/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
            "ESP:AES_CBC-256/HMAC_SHA1_96"));
  }

  @ParameterizedTest
  @MethodSource("suites")
  void shouldCarryFilesBothWaysOverBothTunnels(Suite suite, String ike, String esp) {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            suite,
            Role.RESPONDER_ONLY,
            Role.DEFAULT,
            Bench.Options.DEFAULT)) {
      stage.start();
      Bench.Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(Scenario.UP);
      for (int i = 0; i < 2; i++) {
        assertThat(stage.strongSwan(i).sas()).contains("ESTABLISHED", ike, "INSTALLED", esp);
      }

      Traffic[] before = {Scenario.traffic(stage, 0), Scenario.traffic(stage, 1)};
      assertThat(hosts.lan().file(Addresses.VNET_HOST, true, CONNECTIONS, FILE).intact()).isTrue();
      assertThat(hosts.lan().file(Addresses.VNET_HOST, false, CONNECTIONS, FILE).intact()).isTrue();
      // The status is a second old at most.
      Await.orThrow(
          Scenario.FLOWS,
          () -> carriedMuch(before[0], stage, 0) && carriedMuch(before[1], stage, 1),
          "each tunnel to have carried a good part of the file each way",
          () -> Scenario.traffic(stage, 0) + " " + Scenario.traffic(stage, 1));
    }
  }

  private static boolean carriedMuch(Traffic before, Stage stage, int tunnel) {
    Traffic now = Scenario.traffic(stage, tunnel);
    return now.outBytes() - before.outBytes() > FILE / CONNECTIONS
        && now.inBytes() - before.inBytes() > FILE / CONNECTIONS;
  }
}
