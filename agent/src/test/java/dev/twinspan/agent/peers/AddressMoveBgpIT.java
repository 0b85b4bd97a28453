package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings.Remote;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * An active-standby gateway that speaks BGP: stock strongSwan on both machines, FRR behind each at
 * the one BGP address, which waits to be dialled as Azure does at an APIPA address. The machine
 * that has the addresses dies with its session; the other has them and knows of neither tunnel nor
 * session. Flows go on as soon as the address answers, by what the dead one had announced; the
 * session is made anew at once, and not when a KEEPALIVE is next due after up to a minute. Only
 * with {@code -Dtwinspan.moves}.
 */
@EnabledIfSystemProperty(named = "twinspan.moves", matches = ".+")
class AddressMoveBgpIT {
  private static final int FLOWS = 8;
  private static final Duration SOON = Duration.ofSeconds(90);

  /** From the moment in which the address answers. */
  private static final Duration BAR = Duration.ofSeconds(1);

  /** Half of what it would take on average without being asked for. */
  private static final Duration ANEW = Duration.ofSeconds(15);

  @TempDir Path directory;

  private final List<BgpDaemon> daemons = new ArrayList<>();
  private Bench bench;
  private TwinspanBox appliance;
  private Hosts hosts;

  @BeforeEach
  void raise() throws IOException {
    bench = Bench.open(new Bench.Options(false, Duration.ofMillis(50)));
    String address = Addresses.INSTANCES.getFirst();
    for (int i = 0; i < 2; i++) {
      Gateways.strongSwan(bench, i, address, Suite.AZURE_STRONG, Role.RESPONDER_ONLY).start();
      daemons.add(speaker(i));
    }
    appliance = Gateways.appliance(bench, Suite.AZURE_STRONG, Role.DEFAULT);
    appliance.configure(
        appliance
            .settings()
            .withRemotes("single-tunnel", List.of(new Remote("in0", address)))
            .speaking(
                "asn: 65010, dial: active, router-address: " + Addresses.APPLIANCE_LOOPBACK,
                Addresses.INSTANCES_INSIDE));
    appliance.start();
    hosts = bench.hosts();
    await("the tunnel and its prefix", () -> knows(0) && prefixes() == 1);
    hosts.udp(FLOWS, 100, 200);
    await("all flows", () -> Scenario.alive(hosts) == FLOWS);
  }

  private BgpDaemon speaker(int index) throws IOException {
    Namespace machine = bench.topology().instances().get(index);
    String inside = Addresses.INSTANCES_INSIDE.getFirst();
    machine.ip("address", "replace", inside + "/32", "dev", "lo");
    machine.ip("route", "replace", Addresses.APPLIANCE_LOOPBACK + "/32", "dev", "ipsec0");
    return BgpDaemon.start(
        BgpDaemon.Kind.FRR,
        machine,
        Files.createDirectories(directory.resolve("bgp" + index)),
        new BgpDaemon.Settings(List.of(Addresses.VNET_PREFIX), 0, true, inside));
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void shouldUseWhatTheLostOneAnnouncedUntilTheStandbyHasSpoken() {
    hosts.mark();
    long silentFrom = System.nanoTime();
    // In this order: the machine dies as a whole, and its kernel does not close the session, which
    // would take the prefix with it.
    bench.vacate(0, 0);
    daemons.getFirst().daemon().kill();
    Await.pause(Duration.ofSeconds(3));
    bench.takeOver(0, 1);
    long answersFrom = System.nanoTime();
    await("all flows", () -> Scenario.alive(hosts) == FLOWS);
    await("the standby to have our prefix", () -> knows(1));
    long anew = System.nanoTime() - answersFrom;
    await("the standby's prefix", () -> prefixes() == 1);

    long gap =
        hosts.vnet().echoed().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow();
    System.out.printf(
        "active-standby with BGP: outgoing traffic %d ms after the address answered, the standby"
            + " has our prefix after %d ms%n",
        (gap - (answersFrom - silentFrom)) / 1_000_000, anew / 1_000_000);
    assertThat(Duration.ofNanos(gap - (answersFrom - silentFrom))).isLessThan(BAR);
    assertThat(Duration.ofNanos(anew)).isLessThan(ANEW);
  }

  /** Whether that machine's FRR has our prefix. */
  private boolean knows(int index) {
    return daemons.get(index).routesFromUs().contains("\"pfxCounter\":1");
  }

  private long prefixes() {
    return appliance.status().stream()
        .flatMap(status -> status.routes().stream())
        .filter(route -> route.prefix().equals(Addresses.VNET_PREFIX) && !route.shares().isEmpty())
        .count();
  }

  private void await(String wanted, BooleanSupplier condition) {
    Await.orThrow(
        SOON,
        condition,
        wanted,
        () ->
            "%s%n%s%n%s%n%s"
                .formatted(
                    hosts == null ? "no traffic yet" : hosts.lan().flows(),
                    appliance.status().map(status -> status.bgp()),
                    daemons.stream().map(BgpDaemon::log).toList(),
                    appliance.tail()));
  }
}
