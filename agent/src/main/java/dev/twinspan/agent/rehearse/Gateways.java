package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import java.time.Duration;
import java.util.List;

/** The two instances of the gateway, as the bench's peers play them. */
public final class Gateways {
  /** Azure's keys have no space, hyphen or tilde. */
  public static final String PSK = "Rehearsal0Only+Not/A=Secret";

  /** Azure's shortest. */
  public static final Duration DPD = Duration.ofSeconds(9);

  private static final int AZURE_ASN = 65515;
  private static final int APPLIANCE_ASN = 65010;

  private Gateways() {}

  /** Instance {@code index} as our own agent in the gateway's role, added but not started. */
  public static TwinspanBox twinspan(Bench bench, int index, Suite suite, Role role) {
    var machine = bench.topology().instances().get(index);
    return bench.addInstance(
        new TwinspanBox(
            machine,
            bench.directory().resolve(machine.name()),
            SelfCommand.of(),
            TwinspanSettings.instance(index, suite, role, PSK, DPD)));
  }

  /** Our agent as the branch's appliance, with both instances as its peers; added, not started. */
  public static TwinspanBox appliance(Bench bench, Suite suite, Role role) {
    return bench.add(
        new TwinspanBox(
            bench.topology().cpe(),
            bench.directory().resolve("cpe"),
            SelfCommand.of(),
            TwinspanSettings.appliance(
                bench.topology().applianceAddress(), suite, role, PSK, DPD)));
  }

  /**
   * An instance that speaks BGP, as Azure's does: AS 65515 from its address in the gateway subnet,
   * the VNet's prefix announced.
   */
  public static TwinspanSettings speaking(int index, TwinspanSettings instance) {
    return speaking(index, instance, List.of(Addresses.APPLIANCE_LOOPBACK));
  }

  /**
   * @param appliances the addresses they speak from
   */
  static TwinspanSettings speaking(int index, TwinspanSettings instance, List<String> appliances) {
    return instance
        .speaking(
            "asn: %d, azure-side: true, router-address: %s"
                .formatted(AZURE_ASN, Addresses.INSTANCES_INSIDE.get(index)),
            appliances)
        .with("asn: " + APPLIANCE_ASN);
  }

  /** The appliance, speaking to both instances from one address. */
  public static TwinspanSettings speaking(TwinspanSettings appliance) {
    return speaking(appliance, Addresses.APPLIANCE_LOOPBACK);
  }

  /**
   * @param from what it speaks from
   */
  static TwinspanSettings speaking(TwinspanSettings appliance, String from) {
    return appliance.speaking(
        "asn: %d, router-address: %s".formatted(APPLIANCE_ASN, from), Addresses.INSTANCES_INSIDE);
  }

  /** Instance {@code index} as stock strongSwan, added to the bench but not started. */
  public static StrongSwan strongSwan(Bench bench, int index, Suite suite, Role role) {
    return strongSwan(bench, index, Addresses.INSTANCES.get(index), suite, role);
  }

  /** The same with another address, which the machine may come to have later: a standby. */
  public static StrongSwan strongSwan(
      Bench bench, int index, String address, Suite suite, Role role) {
    var machine = bench.topology().instances().get(index);
    var directory = bench.directory().resolve(machine.name());
    return bench.addInstance(
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
