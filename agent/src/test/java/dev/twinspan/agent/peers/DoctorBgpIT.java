package dev.twinspan.agent.peers;

import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code twinspan doctor} says of BGP with stock FRR behind two strongSwan, the box behind a
 * NAT: nothing but the NAT while all is well and flows pass; then one thing is wrong with in0's
 * session and another with in1's, and each is told first of its tunnel. {@code
 * -Dtwinspan.verdicts=true}: our own limit, a refused OPEN, nobody who listens, and exchanged
 * addresses, too.
 */
class DoctorBgpIT {
  private static final Bench.Options NAT = new Bench.Options(true, Duration.ofSeconds(1));

  private static final String[] BEHIND_NAT = {"behind-nat hub-weu/in0", "behind-nat hub-weu/in1"};

  @TempDir Path directory;

  @Test
  void shouldNameWhatKeepsBgpFromWorking() throws IOException {
    try (BgpStage bgp =
        BgpStage.start(
            BgpDaemon.Kind.FRR,
            directory,
            3,
            ", max-prefixes: 10",
            2,
            List.of(),
            yaml -> yaml,
            NAT)) {
      bgp.await("sessions", () -> bgp.established(0) && bgp.established(1));
      Doctoring doctor = new Doctoring(bgp.stage());
      Hosts hosts = bgp.stage().bench().hosts();
      hosts.udp(8, 50, 256);
      Scenario.awaitAllAlive(bgp.stage(), hosts, Scenario.FLOWS);
      doctor.awaitAll(BEHIND_NAT);
      if (TimeToVerdict.ALL) {
        doctor.staysWell(Duration.ofMinutes(1), BEHIND_NAT);
      }

      // in0 takes fewer prefixes than we announce, in1 is told another ASN of ours.
      configure(bgp, 0, "address-family ipv4 unicast", "neighbor 10.255.0.17 maximum-prefix 1");
      configure(bgp, 1, "neighbor 10.255.0.17 remote-as 65099");
      doctor.awaitFirstOfEach("bgp-prefix-limit hub-weu/in0", "bgp-asn hub-weu/in1");
      configure(bgp, 0, "address-family ipv4 unicast", "no neighbor 10.255.0.17 maximum-prefix 1");
      configure(bgp, 1, "neighbor 10.255.0.17 remote-as 65010");

      // in0 has another ASN than we are told, in1 does not know the way to our address.
      configure(bgp, 0, "neighbor 10.255.0.17 local-as 65077 no-prepend replace-as");
      Namespace in1 = bgp.stage().bench().topology().instances().get(1);
      in1.ip("route", "replace", "blackhole", Addresses.APPLIANCE_LOOPBACK + "/32");
      bgp.daemon(0).ask("clear bgp *");
      bgp.daemon(1).ask("clear bgp *");
      doctor.awaitFirstOfEach("bgp-asn hub-weu/in0", "bgp-unanswered hub-weu/in1");
      configure(bgp, 0, "no neighbor 10.255.0.17 local-as 65077 no-prepend replace-as");
      in1.ip("route", "replace", Addresses.APPLIANCE_LOOPBACK + "/32", "dev", "ipsec0");

      if (TimeToVerdict.ALL) {
        doctor.awaitWell();
        more(bgp, doctor);
      }
    }
  }

  private static void more(BgpStage bgp, Doctoring doctor) throws IOException {
    // We take fewer than they announce.
    doctor.reload(yaml -> yaml.replace("max-prefixes: 10", "max-prefixes: 2"));
    doctor.awaitFirstOfEach("bgp-prefix-limit hub-weu/in0", "bgp-prefix-limit hub-weu/in1");
    doctor.reload(yaml -> yaml.replace("max-prefixes: 2", "max-prefixes: 10"));

    bgp.await("sessions", () -> bgp.established(0) && bgp.established(1));

    // in0 wants to be left alone for longer than we offer.
    configure(bgp, 0, "bgp minimum-holdtime 600");
    bgp.daemon(0).ask("clear bgp *");
    doctor.awaitFirstOfEach("bgp-down hub-weu/in0");
    configure(bgp, 0, "no bgp minimum-holdtime");
    bgp.await("sessions", () -> bgp.established(0) && bgp.established(1));

    // Nobody listens at in0.
    bgp.daemon(0).daemon().kill();
    doctor.awaitFirstOfEach("bgp-refused hub-weu/in0");
    bgp.restoreDaemon(0);
    // What it went through above has bgpd wait ever longer before it dials again.
    bgp.daemon(1).daemon().kill();
    bgp.restoreDaemon(1);
    bgp.await("sessions", () -> bgp.established(0) && bgp.established(1));

    // Azure's instances do not pass each other's BGP on.
    bgp.stage()
        .bench()
        .topology()
        .vnet()
        .nft(
            """
            table ip apart {
              chain forward {
                type filter hook forward priority filter
                ip saddr 10.255.0.17 drop
                ip daddr 10.255.0.17 drop
              }
            }
            """);
    doctor.reload(
        yaml ->
            yaml.replace("10.10.255.4", "OTHER")
                .replace("10.10.255.5", "10.10.255.4")
                .replace("OTHER", "10.10.255.5"));
    // One of them may have been connected in the moment of the change, and wait for an OPEN.
    doctor.awaitFirstIsAnyOf("bgp-address-pair hub-weu/in0", "bgp-address-pair hub-weu/in1");
  }

  private static void configure(BgpStage bgp, int instance, String... words) {
    List<String> all = new ArrayList<>(List.of("configure terminal", "router bgp 65515"));
    all.addAll(Arrays.asList(words));
    bgp.daemon(instance).ask(all.toArray(String[]::new));
  }
}
