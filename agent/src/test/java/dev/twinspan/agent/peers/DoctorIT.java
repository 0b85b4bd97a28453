package dev.twinspan.agent.peers;

import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What {@code twinspan doctor} says on the bench while something is done to the packets of its
 * tunnels, on the way or in the box's own kernel, and when instances leave; and that it says
 * nothing when all is well and flows pass. Stock strongSwan plays the instances.
 */
class DoctorIT {
  private static final String NONE = "";

  /** In the VNet. */
  private static final String OTHER_HOST = "10.10.0.99";

  @Test
  void shouldNameWhatIsDoneToPackets() {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.INITIATOR_ONLY,
            Bench.Options.DEFAULT)) {
      Doctoring doctor = new Doctoring(stage);
      Namespace box = stage.bench().topology().cpe();
      drop(
          stage,
          "ip daddr 203.0.113.10 udp dport 4500 drop; ip daddr 203.0.113.11 udp dport 500 drop");
      stage.start();
      Scenario.status(stage);
      doctor.awaitAll("udp-500-blocked hub-weu/in1", "udp-4500-blocked hub-weu/in0");

      drop(stage, NONE);
      stage.awaitBothUp(Scenario.UP.multipliedBy(2));
      Hosts hosts = stage.bench().hosts();
      hosts.udp(16, 100, 200);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      doctor.awaitAll();

      drop(stage, "ip daddr 203.0.113.11 ip length > 1400 drop");
      doctor.awaitAll("path-mtu hub-weu/in1");

      // A device on the way, or an offload, changes one ESP packet of ten.
      drop(
          stage,
          "ip saddr 203.0.113.11 udp sport 4500 @th,64,32 != 0 numgen random mod 10 < 1 @th,320,32"
              + " set 0x12345678");
      doctor.awaitFirst("damaged-packets hub-weu/in1");
      if (TimeToVerdict.ALL) {
        drop(
            stage,
            "ip saddr 203.0.113.11 udp sport 4500 @th,64,32 != 0 numgen random mod 20 < 1 drop");
        doctor.awaitFirst("lossy-path hub-weu/in1");
      }
      drop(stage, NONE);

      // This box's own firewall.
      box.nft(
          """
          table ip own {
            chain forward {
              type filter hook forward priority filter
              iifname twinspan0 drop
            }
          }
          """);
      doctor.awaitFirst("firewall-drops ");
      box.nft("delete table ip own");

      // The way back to the VNet is another one than the tunnels.
      box.sysctl("net.ipv4.conf.all.rp_filter", "1");
      box.sysctl("net.ipv4.conf.twinspan0.rp_filter", "1");
      Namespace vnet = stage.bench().topology().vnet();
      vnet.ip("address", "add", OTHER_HOST, "dev", "lo");
      box.ip("route", "add", OTHER_HOST, "dev", "wan");
      Daemon ping =
          vnet.start(
              "ping",
              stage.bench().directory().resolve("ping.log"),
              Map.of(),
              List.of("ping", "-i", "0.1", "-I", OTHER_HOST, Addresses.LAN_HOST));
      doctor.awaitFirst("reverse-path ");
      ping.kill();
      box.ip("route", "del", OTHER_HOST, "dev", "wan");
      box.sysctl("net.ipv4.conf.all.rp_filter", "0");
      box.sysctl("net.ipv4.conf.twinspan0.rp_filter", "0");

      box.sysctl("net.ipv4.ip_forward", "0");
      doctor.awaitFirst("forwarding-off ");
      box.sysctl("net.ipv4.ip_forward", "1");

      // An instance says goodbye, and is back.
      stage.bench().stop(1);
      doctor.awaitFirst("maintenance hub-weu/in1");
      if (TimeToVerdict.ALL) {
        moreLosses(stage, doctor);
      }
    }
  }

  private static void moreLosses(Stage stage, Doctoring doctor) {
    stage.bench().restore(1);
    doctor.awaitWell();
    doctor.awaitFirst("maintenance hub-weu/in1");

    // Without a word.
    stage.bench().kill(1);
    doctor.awaitFirst("peer-unreachable hub-weu/in1");
    stage.bench().restore(1);
    doctor.awaitWell();

    // Both say goodbye, and are back.
    stage.bench().stop(0);
    stage.bench().stop(1);
    doctor.awaitFirst("gateway-reset hub-weu");
    stage.bench().restore(0);
    stage.bench().restore(1);
    doctor.awaitWell();
    doctor.awaitFirst("gateway-reset hub-weu");

    doctor.command("hub-weu/in1", "drain");
    doctor.awaitFirst("taken-out hub-weu/in1");
  }

  /** In the network's middle. */
  private static void drop(Stage stage, String rules) {
    stage
        .bench()
        .topology()
        .inet()
        .nft(
            """
            table ip doctor
            delete table ip doctor
            table ip doctor {
              chain forward {
                type filter hook forward priority filter
                %s
              }
            }
            """
                .formatted(rules));
  }
}
