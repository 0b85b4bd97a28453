package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Our packets against a kernel's own ESP: the instance is a user-mode Linux with a stock IKE daemon
 * inside, strongSwan or libreswan, whose XFRM states the kernel carries out. Once ESP runs as IP
 * protocol 50, no NAT being found, once in UDP. Then the soak of rekeys.
 */
class KernelEspIT {
  private static final String SELECTORS =
      "traffic-selectors: [{local: %s, remote: %s}]"
          .formatted(Addresses.LAN_PREFIX, Addresses.VNET_PREFIX);

  @Test
  void shouldTalkToStrongSwanThatDials() throws IOException {
    talkToStrongSwan(true, false);
  }

  /** In the long form only, for the time it takes. */
  @EnabledIfSystemProperty(
      named = "twinspan.rekeys",
      matches = "\\d+",
      disabledReason = "long form only")
  @Test
  void shouldTalkToStrongSwan() throws IOException {
    talkToStrongSwan(false, true);
  }

  private static void talkToStrongSwan(boolean peerInitiates, boolean inUdp) throws IOException {
    List<String> missing = UserModeLinux.missing();
    assumeTrue(missing.isEmpty(), () -> "not installed: " + missing);
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      UserModeLinux machine = UserModeLinux.in(bench, 0);
      machine.start();
      KernelStrongSwan charon = KernelStrongSwan.start(machine, peerInitiates);
      soak(bench, machine, charon, peerInitiates, inUdp);
    }
  }

  @Test
  void shouldTalkToLibreswan() throws IOException {
    talkToLibreswan(false, true);
  }

  /** In the long form only, for the time it takes. */
  @EnabledIfSystemProperty(
      named = "twinspan.rekeys",
      matches = "\\d+",
      disabledReason = "long form only")
  @Test
  void shouldTalkToLibreswanThatDials() throws IOException {
    talkToLibreswan(true, false);
  }

  private static void talkToLibreswan(boolean peerInitiates, boolean inUdp) throws IOException {
    List<String> missing = UserModeLinux.missing();
    assumeTrue(missing.isEmpty(), () -> "not installed: " + missing);
    Optional<Path> programs = KernelLibreswan.programs();
    assumeTrue(
        programs.isPresent(),
        "no libreswan in boards/bench/target/libreswan: boards/bench/verify puts it there");
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      UserModeLinux machine = UserModeLinux.in(bench, 0);
      machine.start();
      KernelLibreswan pluto = KernelLibreswan.start(machine, programs.get(), peerInitiates);
      soak(bench, machine, pluto, peerInitiates, inUdp);
    }
  }

  private static void soak(
      Bench bench, UserModeLinux machine, RekeyPeer peer, boolean peerInitiates, boolean inUdp) {
    TwinspanBox ours =
        SingleTunnel.appliance(
            bench,
            Suite.AZURE_STRONG,
            peerInitiates ? Role.RESPONDER_ONLY : Role.INITIATOR_ONLY,
            SELECTORS,
            "force-encapsulation: " + inUdp);
    ours.start();
    Await.orThrow(
        Scenario.UP,
        () -> SingleTunnel.up(ours),
        "the tunnel",
        () -> ours.tail() + "\n" + peer.tail());
    // The kernel itself says how it carries ESP.
    String states = machine.run("ip xfrm state");
    assertThat(states.contains("encap type espinudp")).as(states).isEqualTo(inUdp);
    RekeySoak.run(bench, ours, peer);
  }
}
