package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** From nothing to a tunnel, with the product's cryptography. */
class IkeHandshakeTest {
  private final World world = new World(1, TestCrypto::seeded);
  private final SimNode left = world.node("left", "192.0.2.1");
  private final SimNode right = world.node("right", "192.0.2.2");

  private void start(Peers.Builder ofLeft, Peers.Builder ofRight) {
    left.configure(ofLeft.build());
    right.configure(ofRight.build());
  }

  private boolean bothUp() {
    return left.isUp("right") && right.isUp("left");
  }

  @Test
  void shouldEstablishWhenOneOpensAndTheOtherAnswers() {
    start(
        Peers.from(left, right).role(Role.INITIATE_ONLY),
        Peers.from(right, left).role(Role.RESPOND_ONLY));

    assertThat(world.runUntil(this::bothUp, Duration.ofSeconds(1))).isTrue();

    Invariants.settled(world);
    assertThat(left.installed()).hasSize(1);
    assertThat(left.view("right").initiator()).isTrue();
    assertThat(left.view("right").suite()).isEqualTo("GCMAES256/SHA384/ECP384");
    assertThat(left.view("right").remote().getPort()).isEqualTo(4500);
    assertThat(right.view("left").children().getFirst().suite())
        .isEqualTo("GCMAES256/GCMAES256/None");
  }
}
