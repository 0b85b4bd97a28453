package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The appliance with {@code fips: true} against stock strongSwan: approved suites come up on both
 * tunnels and carry a file, status proves the mode; MODP1024 is refused by the configuration check
 * and, when strongSwan proposes it, by the running agent. ESP is in FIPS mode where this machine
 * has OpenSSL's FIPS provider (Debian's package has none), else {@code crypto.esp-fips} is false,
 * and without that setting {@code up} refuses to start.
 */
class FipsIT {
  private static final boolean PROVIDER = hasProvider();
  private static final long FILE = 2 << 20;

  private static boolean hasProvider() {
    try {
      EspBackends.chooseFips();
      return true;
    } catch (EspBackendException _) {
      return false;
    }
  }

  private static Stage stage(Suite suite, Role instances, Role appliance) {
    return Scenario.stage(
        Stage.Peer.STRONGSWAN, suite, instances, appliance, Bench.Options.DEFAULT);
  }

  private static TwinspanSettings fips(Stage stage) {
    TwinspanSettings settings = stage.appliance().settings().withTop("fips: true");
    return PROVIDER ? settings : settings.withTop("crypto: {esp-fips: false}");
  }

  static Stream<Suite> approved() {
    return Stream.of(Suite.ECP384_GCM256, Suite.MODP2048_CBC256_SHA256);
  }

  @ParameterizedTest
  @MethodSource("approved")
  void shouldComeUpWithApprovedSuites(Suite suite) {
    try (Stage stage = stage(suite, Role.RESPONDER_ONLY, Role.DEFAULT)) {
      stage.appliance().configure(fips(stage));
      stage.start();
      stage.awaitBothUp(Scenario.UP);

      AgentStatus.Fips fips = Scenario.status(stage).fips();
      assertThat(fips.on()).isTrue();
      AgentStatus.Module ike = fips.modules().getFirst();
      assertThat(ike.name()).isEqualTo("Bouncy Castle FIPS");
      assertThat(ike.approvedOnly()).isTrue();
      assertThat(ike.selfTest()).startsWith("READY");
      AgentStatus.Module esp = fips.modules().getLast();
      assertThat(esp.approvedOnly()).isEqualTo(PROVIDER);
      assertThat(esp.version()).contains(PROVIDER ? "FIPS" : "");
      Bench.Hosts hosts = stage.bench().hosts();
      assertThat(hosts.lan().file(Addresses.VNET_HOST, true, 4, FILE).intact()).isTrue();
    }
  }

  @Test
  void shouldRefuseModp1024WhenStrongSwanProposesIt() {
    try (Stage stage = stage(Suite.ECP384_GCM256, Role.INITIATOR_ONLY, Role.RESPONDER_ONLY)) {
      stage.appliance().configure(fips(stage));
      stage
          .strongSwan(0)
          .configure(stage.strongSwan(0).settings().withSuite(Suite.MODP1024_CBC256_SHA1));
      stage.start();

      Await.orThrow(
          Scenario.UP, () -> stage.up(1), "the tunnel of in1", () -> Scenario.story(stage));
      TunnelStatus refused =
          Scenario.awaitTunnel(
              stage, 0, t -> t.reason().code().equals("no-proposal-chosen"), "refused");
      assertThat(refused.reason().sentence() + refused.reason().details()).contains("DHGroup2");
      assertThat(Scenario.status(stage).fips().on()).isTrue();
    }
  }

  @Test
  void shouldRefuseAConfigurationWithModp1024() {
    try (Stage stage = stage(Suite.MODP1024_CBC256_SHA1, Role.RESPONDER_ONLY, Role.DEFAULT)) {
      stage.appliance().configure(fips(stage));
      stage.appliance().start();

      awaitEnd(stage);
      assertThat(stage.appliance().tail())
          .contains("policy.dhGroup", "DHGroup2 (MODP1024) is outside the approved set of fips");
    }
  }

  @Test
  void shouldNotStartWithoutAFipsProviderForEsp() {
    assumeFalse(PROVIDER, "this machine has a FIPS provider");
    try (Stage stage = stage(Suite.ECP384_GCM256, Role.RESPONDER_ONLY, Role.DEFAULT)) {
      stage.appliance().configure(stage.appliance().settings().withTop("fips: true"));
      stage.appliance().start();

      awaitEnd(stage);
      assertThat(stage.appliance().tail())
          .contains("needs OpenSSL's FIPS provider", "crypto.esp-fips: false");
    }
  }

  private static void awaitEnd(Stage stage) {
    Await.orThrow(
        Scenario.UP,
        () -> !stage.appliance().alive(),
        "the agent to end",
        () -> stage.appliance().tail());
  }
}
