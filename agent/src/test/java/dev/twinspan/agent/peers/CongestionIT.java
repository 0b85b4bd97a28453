package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Congestion told end to end: TCP of hosts with ECN goes through the tunnel, somebody on the way
 * has too much to do and marks packets for dropping them, and the hosts hear of it and slow down
 * (RFC 6040 across the tunnel, which RFC 7296 section 2.24 asks of both ends).
 *
 * <p>The gateway is strongSwan on a kernel's own ESP. Its user-space ESP, the other tests' gateway,
 * sends every packet with nothing in the outer header and does not look at what comes in there.
 */
class CongestionIT {
  private static final String TUN = "twinspan0";
  private static final String SELECTORS =
      "traffic-selectors: [{local: %s, remote: %s}]"
          .formatted(Addresses.LAN_PREFIX, Addresses.VNET_PREFIX);
  private static final long FILE = 2 << 20;

  /** Some hundred milliseconds' worth of work for an appliance that has a core for itself. */
  private static final long LARGE_FILE = 64 << 20;

  private static final int CONNECTIONS = 4;

  /** At most a megabyte each: together less than the TUN's 500 super-packets hold. */
  private static final String WINDOW = "4096 16384 1048576";

  /**
   * As an image has it in front of its own line. This kernel need not have fq_codel, so it is the
   * gateway's line that is narrow.
   */
  private static final List<String> NARROW =
      List.of(
          "/run/modprobe sch_tbf",
          "/run/modprobe sch_fq_codel",
          "tc qdisc add dev vec0 root handle 1: tbf rate 8mbit burst 16k limit 1m",
          "tc qdisc add dev vec0 parent 1:1 fq_codel");

  private record Meters(EcnMeter lan, EcnMeter vnet, EcnMeter internet) {
    /** The hosts use ECN from now on. */
    static Meters of(Topology topology) {
      topology.lan().sysctl("net.ipv4.tcp_ecn", "1");
      topology.vnet().sysctl("net.ipv4.tcp_ecn", "1");
      return new Meters(
          EcnMeter.at(topology.lan()),
          EcnMeter.at(topology.vnet()),
          EcnMeter.between(topology.inet()));
    }
  }

  /**
   * What may be marked says so outside as well, both ways. Then a router on the internet marks,
   * both ways; at last an fq_codel in front of a narrow line, as an interface has it that ESP
   * leaves by: its marks reach the hosts too.
   */
  @Test
  void shouldCarryMarksBothWays() throws IOException {
    List<String> missing = UserModeLinux.missing();
    assumeTrue(missing.isEmpty(), () -> "not installed: " + missing);
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      UserModeLinux machine = UserModeLinux.in(bench, 0);
      machine.start();
      KernelStrongSwan charon = KernelStrongSwan.start(machine, false);
      TwinspanBox ours =
          SingleTunnel.appliance(
              bench,
              Suite.AZURE_STRONG,
              Role.INITIATOR_ONLY,
              SELECTORS,
              "force-encapsulation: true");
      ours.start();
      Await.orThrow(
          Scenario.UP,
          () -> SingleTunnel.up(ours),
          "the tunnel",
          () -> ours.tail() + "\n" + charon.tail());
      Meters meters = Meters.of(bench.topology());
      Hosts hosts = bench.hosts();

      send(hosts, true);
      send(hosts, false);
      assertThat(meters.vnet.count("capable")).as("%s", meters).isPositive();
      assertThat(meters.internet.count("there-capable")).as("%s", meters).isPositive();
      assertThat(meters.lan.count("capable")).as("%s", meters).isPositive();
      assertThat(meters.internet.count("back-capable")).as("%s", meters).isPositive();
      assertThat(meters.lan.count("marked")).as("%s", meters).isZero();

      meters.internet.congest();
      send(hosts, true);
      assertThat(meters.vnet.count("marked")).as("%s", meters).isPositive();
      assertThat(meters.lan.count("echoed")).as("%s", meters).isPositive();
      assertThat(meters.vnet.count("reduced")).as("%s", meters).isPositive();
      send(hosts, false);
      long marked = meters.lan.count("marked");
      assertThat(marked).as("%s", meters).isPositive();
      assertThat(meters.vnet.count("echoed")).as("%s", meters).isPositive();
      assertThat(meters.lan.count("reduced")).as("%s", meters).isPositive();

      EcnMeter internet = EcnMeter.between(bench.topology().inet());
      NARROW.forEach(machine::run);
      Await.orThrow(
          Scenario.FLOWS,
          () -> {
            send(hosts, false);
            return internet.count("back-marked") > 0;
          },
          "fq_codel to mark ESP",
          () -> meters + machine.run("tc -s qdisc show dev vec0"));
      assertThat(meters.lan.count("marked")).as("%s", meters).isGreaterThan(marked);
    }
  }

  /**
   * The appliance is the slowest on the way, since it encrypts and hashes in Java: what it gets
   * waits in the queue of its TUN. The hosts hear of that before anything is dropped there. The
   * gateway is our own: user-mode Linux would be slower still.
   */
  @Test
  void shouldMarkBeforeItDrops() {
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      Suite suite = Suite.MODP2048_CBC256_SHA256;
      Gateways.twinspan(bench, 0, suite, Role.RESPONDER_ONLY).start();
      TwinspanBox ours = SingleTunnel.appliance(bench, suite, Role.INITIATOR_ONLY);
      ours.configure(ours.settings().withTop("crypto: {esp-backend: jce}"));
      ours.start();
      Await.orThrow(
          Scenario.UP,
          () -> SingleTunnel.up(ours) && bench.fabric().uses(0),
          "the tunnel",
          ours::tail);
      Topology topology = bench.topology();
      topology.lan().sysctl("net.ipv4.tcp_wmem", WINDOW);
      Meters meters = Meters.of(topology);
      Hosts hosts = bench.hosts();

      Await.orThrow(
          Scenario.FLOWS,
          () -> {
            assertThat(
                    hosts.lan().file(Addresses.VNET_HOST, true, CONNECTIONS, LARGE_FILE).intact())
                .isTrue();
            return meters.vnet.count("reduced") > 0;
          },
          "a sender that has heard of a mark",
          () -> meters + " " + ours.status());
      Await.orThrow(
          Scenario.UP,
          () ->
              ours.status()
                  .map(status -> status.tunnels().getFirst().traffic().marked() > 0)
                  .orElse(false),
          "a status that tells of marks",
          () -> meters + " " + ours.status());
      assertThat(meters.internet.count("there-marked")).as("%s", meters).isPositive();
      assertThat(meters.vnet.count("marked")).as("%s", meters).isPositive();
      assertThat(meters.lan.count("echoed")).as("%s", meters).isPositive();
      assertThat(MachineLosses.transmitDrops(topology.cpe())).containsEntry(TUN, 0L);
    }
  }

  private static void send(Hosts hosts, boolean up) {
    assertThat(hosts.lan().file(Addresses.VNET_HOST, up, 1, FILE).intact()).isTrue();
  }
}
