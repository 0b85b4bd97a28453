package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The soak against stock strongSwan with its user-space ESP, once with us as the IKE SA's initiator
 * and once as its responder. {@code -Dtwinspan.rekeys=200} is the long form.
 */
class RekeySoakIT {
  @ParameterizedTest
  @CsvSource({"RESPONDER_ONLY, DEFAULT", "INITIATOR_ONLY, RESPONDER_ONLY"})
  void shouldLoseNothingByRekeys(Role instance, Role appliance) {
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      StrongSwan charon = Gateways.strongSwan(bench, 0, Suite.AZURE_STRONG, instance);
      TwinspanBox ours = SingleTunnel.appliance(bench, Suite.AZURE_STRONG, appliance);
      charon.start();
      ours.start();
      Await.orThrow(
          Scenario.UP,
          () -> SingleTunnel.up(ours) && bench.fabric().uses(0),
          "the tunnel",
          () -> ours.tail() + "\n" + charon.tail());
      RekeySoak.run(bench, ours, new Charon(charon));
    }
  }

  private record Charon(StrongSwan charon) implements RekeyPeer {
    @Override
    public void rekeyChild() {
      charon.swanctl("--rekey", "--child", "net");
    }

    @Override
    public void rekeyIke() {
      charon.swanctl("--rekey", "--ike", "bench");
    }

    @Override
    public String tail() {
      return charon.tail();
    }

    @Override
    public Sas sas() {
      return StrongSwanSas.parse(charon.sas());
    }
  }
}
