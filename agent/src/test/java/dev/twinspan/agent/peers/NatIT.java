package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The appliance is behind a NAT that forgets. Its mapping changes under traffic, in port and in
 * address: our agent as the gateway follows by the first authentic ESP packet; strongSwan follows
 * by IKE alone, so the appliance, which hears nothing any more while it sends, asks at once. And an
 * idle NAT with a UDP timeout of 30 s stays open, so that the gateway's side can begin to talk.
 */
class NatIT {
  private static final Bench.Options NAT = new Bench.Options(true, Duration.ofSeconds(1));
  private static final String SECOND_ADDRESS = "198.51.100.8";

  /** The bar is a second; a busy machine is held to less than the standard timeout. */
  private static final Duration LOSS =
      System.getProperty("twinspan.idle") == null ? Gateways.DPD : Duration.ofSeconds(1);

  /** Beyond the NAT's timeout; {@code -Dtwinspan.idle=600} is the long form. */
  private static final Duration IDLE = Duration.ofSeconds(Integer.getInteger("twinspan.idle", 35));

  private static final int FLOWS = 10;
  private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldFollowAMappingThatChanges(Stage.Peer peer) {
    try (Bench bench = Bench.open(NAT)) {
      TwinspanBox ours = up(bench, peer);
      Hosts hosts = bench.hosts();
      hosts.udp(FLOWS, 100, 200);
      awaitFlowing(hosts, ours);
      List<Duration> gaps = new ArrayList<>();
      for (String mapping :
          List.of(
              Addresses.APPLIANCE + ":20000-20099",
              SECOND_ADDRESS + ":21000-21099",
              Addresses.APPLIANCE + ":22000-22099")) {
        hosts.mark();
        remap(bench, mapping);
        awaitFlowing(hosts, ours);
        Await.orThrow(
            Scenario.FLOWS,
            () -> passed(bench) > 50,
            "packets of mapping " + mapping,
            () -> passed(bench) + "\n" + ours.tail());
        gaps.add(longestGap(hosts));
      }
      System.out.println("NAT mapping changes, " + peer + ": longest gaps " + gaps);
      assertThat(gaps).as("port, address, port").allMatch(gap -> gap.compareTo(LOSS) <= 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldStayReachableBehindANatThatForgetsIdleMappings(Stage.Peer peer) {
    try (Bench bench = Bench.open(NAT)) {
      Namespace nat = Objects.requireNonNull(bench.topology().nat());
      nat.sysctl("net.netfilter.nf_conntrack_udp_timeout", "30");
      nat.sysctl("net.netfilter.nf_conntrack_udp_timeout_stream", "30");
      TwinspanBox ours = up(bench, peer);
      Await.pause(IDLE);
      assertThat(
              bench
                  .topology()
                  .vnet()
                  .run("", List.of("ping", "-c", "3", "-i", "0.2", "-W", "10", Addresses.LAN_HOST))
                  .ok())
          .as("the VNet reaches the LAN after %s; %s", IDLE, ours.tail())
          .isTrue();
    }
  }

  private static TwinspanBox up(Bench bench, Stage.Peer peer) {
    Box instance =
        switch (peer) {
          case TWINSPAN -> Gateways.twinspan(bench, 0, Suite.AZURE_STRONG, Role.RESPONDER_ONLY);
          case STRONGSWAN -> Gateways.strongSwan(bench, 0, Suite.AZURE_STRONG, Role.RESPONDER_ONLY);
        };
    TwinspanBox ours = SingleTunnel.appliance(bench, Suite.AZURE_STRONG, Role.INITIATOR_ONLY);
    instance.start();
    ours.start();
    Await.orThrow(
        Scenario.UP,
        () -> SingleTunnel.up(ours) && bench.fabric().uses(0),
        "the tunnel",
        () -> ours.tail() + "\n" + instance.tail());
    return ours;
  }

  /**
   * From now on the NAT writes this address and these ports. That its line was down for a moment
   * makes the kernel forget its masqueraded mappings, as a restart of the box would.
   */
  private static void remap(Bench bench, String mapping) {
    Namespace nat = Objects.requireNonNull(bench.topology().nat());
    String address = mapping.substring(0, mapping.indexOf(':'));
    String ports = mapping.substring(mapping.indexOf(':') + 1);
    bench.topology().inet().ip("route", "replace", SECOND_ADDRESS, "dev", "cpe");
    bench
        .topology()
        .inet()
        .nft(
            """
            table ip seen
            delete table ip seen
            table ip seen {
              counter mapped {}
              chain forward {
                type filter hook forward priority filter;
                ip saddr %s udp sport %s counter name mapped
              }
            }
            """
                .formatted(address, ports));
    nat.nft(
        """
        table ip nat
        delete table ip nat
        table ip nat {
          chain out {
            type nat hook postrouting priority srcnat;
            oifname "%s" meta l4proto udp masquerade to :%s
          }
        }
        """
            .formatted(Topology.WAN, ports));
    nat.ip("link", "set", Topology.WAN, "down");
    nat.ip("addr", "flush", "dev", Topology.WAN);
    nat.ip("link", "set", Topology.WAN, "up");
    nat.ip("addr", "add", address, "peer", Addresses.APPLIANCE_ROUTER, "dev", Topology.WAN);
    nat.ip("route", "replace", "default", "via", Addresses.APPLIANCE_ROUTER);
  }

  /** Packets seen on the internet with the mapping asked for last. */
  private static long passed(Bench bench) {
    String listing =
        bench
            .topology()
            .inet()
            .run("", List.of("nft", "list", "counters", "table", "ip", "seen"))
            .orThrow()
            .out();
    Matcher match = PACKETS.matcher(listing);
    assertThat(match.find()).as(listing).isTrue();
    return Long.parseLong(match.group(1));
  }

  private static void awaitFlowing(Hosts hosts, TwinspanBox ours) {
    Await.orThrow(
        Scenario.FLOWS,
        () -> Scenario.alive(hosts) == FLOWS,
        "all flows",
        () -> hosts.lan().flows() + "\n" + ours.tail());
  }

  private static Duration longestGap(Hosts hosts) {
    return Duration.ofNanos(
        hosts.lan().flows().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow());
  }
}
