package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.time.Duration;

/** The two instances of the gateway, as the bench's peers play them. */
public final class Gateways {
  /** Azure's keys have no space, hyphen or tilde. */
  public static final String PSK = "Rehearsal0Only+Not/A=Secret";

  /** Azure's shortest. */
  static final Duration DPD = Duration.ofSeconds(9);

  private Gateways() {}

  /** Instance {@code index} as stock strongSwan, added to the bench but not started. */
  public static StrongSwan strongSwan(Bench bench, int index, Suite suite, Role role) {
    var machine = bench.topology().instances().get(index);
    var directory = bench.directory().resolve(machine.name());
    String address = Addresses.INSTANCES.get(index);
    return bench.add(
        new StrongSwan(
            machine,
            directory,
            directory.resolve("marks"),
            new StrongSwanSettings(
                address,
                Addresses.APPLIANCE,
                address,
                Addresses.APPLIANCE,
                PSK,
                suite,
                "0.0.0.0/0",
                "0.0.0.0/0",
                role,
                DPD,
                "ipsec0",
                Addresses.LAN_PREFIX,
                true)));
  }
}
