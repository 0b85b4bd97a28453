package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Site;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Two appliances of one site behind a router of the LAN, stock FRR, which speaks BGP with both:
 * each tells it the VNet's prefix while a tunnel of its own carries it, it spreads flows over both,
 * and tells them of the hosts' network behind it, which they announce to Azure. Each appliance has
 * one tunnel, to the one address of the gateway, with the same prefixes: what leaves by one comes
 * back by either. An appliance loses its power: all flows go on over the other, no packet comes
 * twice, none goes in a circle.
 *
 * <p>With {@code -Dtwinspan.lanrouter=all} before that the other one loses its way to the internet,
 * and both come back; {@code mesh} is the same with two instances, a tunnel from each to each.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanRouterIT {
  private static final String FORM = System.getProperty("twinspan.lanrouter", "");
  private static final boolean LONG = !FORM.isEmpty();
  private static final boolean MESH = FORM.equals("mesh");
  private static final int INSTANCES = MESH ? 2 : 1;
  private static final int FLOWS = 16;
  private static final int RATE = 100;
  private static final Duration UP = Duration.ofSeconds(180);
  private static final Duration MOVES = Scenario.FLOWS;
  private static final List<String> OUTER =
      List.of(Addresses.APPLIANCE, Addresses.SECOND_APPLIANCE);
  private static final List<String> LOOPBACKS =
      List.of(Addresses.APPLIANCE_LOOPBACK, Addresses.SECOND_LOOPBACK);

  private Bench bench;
  private Site site;
  private LanRouter router;
  private Hosts hosts;
  private final List<TwinspanBox> boxes = new ArrayList<>();

  @BeforeAll
  void raise() {
    bench = Bench.open(new Bench.Options(false, Duration.ofMillis(200)));
    Namespace machine = bench.machine("router");
    site = bench.routedSite(machine);
    for (int i = 0; i < INSTANCES; i++) {
      addInstance(i).start();
    }
    for (int i = 0; i < 2; i++) {
      addBox(i).start();
    }
    router =
        LanRouter.start(machine, bench.directory().resolve("router"), Addresses.BOXES_IN_TRANSIT);
    await("both appliances to be used", UP, this::allUp);
    hosts = bench.hosts();
    hosts.udp(FLOWS, RATE, 200);
    await("all flows", MOVES, this::allMove);
  }

  private TwinspanBox addInstance(int index) {
    TwinspanBox instance = Gateways.twinspan(bench, index, Suite.AZURE_STRONG, Role.RESPONDER_ONLY);
    instance.configure(
        instance
            .settings()
            .withRemotes(
                "active-active",
                IntStream.range(0, 2)
                    .mapToObj(box -> new TwinspanSettings.Remote("cpe" + (box + 1), OUTER.get(box)))
                    .toList())
            .speaking(
                "asn: 65515, azure-side: true, router-address: "
                    + Addresses.INSTANCES_INSIDE.get(index),
                LOOPBACKS)
            .with("asn: 65010"));
    return instance;
  }

  private TwinspanBox addBox(int index) {
    Namespace machine = site.boxes().get(index);
    TwinspanBox box =
        bench.add(
            new TwinspanBox(
                machine,
                bench.directory().resolve(machine.name()),
                SelfCommand.of(),
                TwinspanSettings.appliance(
                        OUTER.get(index),
                        Suite.AZURE_STRONG,
                        Role.DEFAULT,
                        Gateways.PSK,
                        Gateways.DPD)
                    .as("branch-0017-" + "ab".charAt(index), OUTER.get(index))
                    .withLan(
                        "[%s], address: %s"
                            .formatted(
                                Addresses.TRANSIT_PREFIX, Addresses.BOXES_IN_TRANSIT.get(index)))
                    .withTop(
                        "site-peer: {address: %s}"
                            .formatted(Addresses.BOXES_IN_TRANSIT.get(1 - index)))
                    .withRemotes(
                        MESH ? "active-active" : "single-tunnel",
                        IntStream.range(0, INSTANCES)
                            .mapToObj(
                                i ->
                                    new TwinspanSettings.Remote(
                                        "in" + i, Addresses.INSTANCES.get(i)))
                            .toList())
                    .speaking(
                        "asn: 65010, router-address: %s, neighbors: [{address: %s, asn: %d}]"
                            .formatted(
                                LOOPBACKS.get(index), Addresses.TRANSIT_ROUTER, LanRouter.ASN),
                        Addresses.INSTANCES_INSIDE)));
    boxes.add(box);
    return box;
  }

  @AfterAll
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void shouldSpreadOverBothBoxesAndMoveToTheOneThatIsLeft() {
    bothAreUsed();
    asAnOperatorSeesIt();

    if (LONG) {
      loseTheWayOut(1);
    }
    losePower(0);
    if (LONG) {
      site.mend(0);
      boxes.get(0).start();
      await("both to be used again", UP, this::allUp);
      await("all flows", MOVES, this::allMove);
      bothAreUsed();
    }
    noDuplicates();
  }

  /** What the router sends to it in the meantime goes over the other one. */
  private void loseTheWayOut(int box) {
    hosts.mark();
    site.cutOutside(box);
    await(
        "all flows to go by the appliance that has a tunnel",
        MOVES,
        () -> router.nextHops(Addresses.VNET_PREFIX).equals(hops(1 - box)) && allMove());
    told("an appliance without tunnels");
    site.mend(box);
    reset(box);
    await("both to be used again", UP, this::allUp);
  }

  private void losePower(int box) {
    hosts.mark();
    site.cut(box);
    boxes.get(box).kill();
    await(
        "all flows to go by the appliance that is left",
        MOVES,
        () -> router.nextHops(Addresses.VNET_PREFIX).equals(hops(1 - box)) && allMove());
    told("an appliance without power");
  }

  /** Both ways: what the router sends by one, the gateway may well answer by the other. */
  private void bothAreUsed() {
    long[][] before = {carried(0), carried(1)};
    await(
        "traffic both ways on both appliances",
        MOVES,
        () ->
            IntStream.range(0, 2)
                .allMatch(
                    i -> {
                      long[] now = carried(i);
                      return now[0] > before[i][0] + RATE && now[1] > before[i][1] + RATE;
                    }));
  }

  /** Packets out, packets in. */
  private long[] carried(int box) {
    List<TunnelStatus> tunnels = tunnels(box);
    return new long[] {
      tunnels.stream().mapToLong(t -> t.traffic().outPackets()).sum(),
      tunnels.stream().mapToLong(t -> t.traffic().inPackets()).sum()
    };
  }

  private void asAnOperatorSeesIt() {
    await(
        "the hosts' network accepted, the VNet advertised",
        UP,
        () -> session(0).filter(s -> s.accepted() == 1 && s.advertised() == 1).isPresent());
    await(
        "both paths to the VNet in the router",
        UP,
        () -> {
          String told = router.ask("show bgp ipv4 unicast " + Addresses.VNET_PREFIX);
          return told.contains("65010 65515") && told.contains("multipath");
        });
  }

  private Optional<BgpSession> session(int box) {
    return boxes.get(box).status().stream()
        .flatMap(status -> status.bgp().stream())
        .filter(s -> s.tunnel().equals("neighbor " + Addresses.TRANSIT_ROUTER))
        .findFirst();
  }

  private List<TunnelStatus> tunnels(int box) {
    return boxes.get(box).status().stream().flatMap(status -> status.tunnels().stream()).toList();
  }

  private boolean allUp() {
    return IntStream.range(0, 2)
            .allMatch(
                box ->
                    tunnels(box).stream().filter(t -> t.state() == TunnelStatus.State.UP).count()
                        == INSTANCES)
        && IntStream.range(0, INSTANCES).allMatch(bench.fabric()::uses)
        && router.nextHops(Addresses.VNET_PREFIX).size() == 2
        && IntStream.range(0, INSTANCES).allMatch(this::spreads);
  }

  /** Whether the instance has the hosts' network by both appliances. */
  private boolean spreads(int instance) {
    return ((TwinspanBox) bench.instance(instance))
        .status().stream()
            .flatMap(status -> status.routes().stream())
            .anyMatch(r -> r.prefix().equals(Addresses.LAN_PREFIX) && r.shares().size() == 2);
  }

  private boolean allMove() {
    return Scenario.alive(hosts) == FLOWS;
  }

  private static List<String> hops(int box) {
    return List.of(Addresses.BOXES_IN_TRANSIT.get(box));
  }

  /** A reset by the operator forgets the hold-down. */
  private void reset(int box) {
    for (int i = 0; i < INSTANCES; i++) {
      try {
        var answer =
            new StatusClient(boxes.get(box).statusSocket())
                .post("/v1/tunnels/hub-weu/in%d/reset".formatted(i));
        assertThat(answer.ok()).as("%s", answer.body()).isTrue();
      } catch (StatusClient.Unreachable e) {
        throw new AssertionError(e);
      }
    }
  }

  private void told(String what) {
    System.out.printf(
        "behind a LAN router, %s: outgoing outage %d ms, with the way back %d ms%n",
        what, longest(hosts.vnet().echoed()), longest(hosts.lan().flows()));
  }

  private static long longest(List<FlowReport> flows) {
    return flows.stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow() / 1_000_000;
  }

  private void noDuplicates() {
    for (List<FlowReport> end : List.of(hosts.vnet().echoed(), hosts.lan().flows())) {
      assertThat(end.stream().mapToLong(FlowReport::duplicates).sum())
          .as("packets that came twice")
          .isZero();
    }
    for (int i = 0; i < 2; i++) {
      assertThat(site.timeExceeded(i)).as("packets that went in a circle").isZero();
    }
  }

  private void await(String wanted, Duration limit, BooleanSupplier condition) {
    Await.orThrow(limit, condition, wanted, this::describe);
  }

  private String describe() {
    return IntStream.range(0, 2)
            .mapToObj(
                i ->
                    "%s: %s%n%s%n%s%n%s"
                        .formatted(
                            site.boxes().get(i),
                            tunnels(i).stream()
                                .map(t -> t.name() + " " + t.state() + " " + t.reason().sentence())
                                .toList(),
                            boxes.get(i).status().map(s -> s.bgp()),
                            site.boxes().get(i).ip("route", "show"),
                            boxes.get(i).tail()))
            .collect(Collectors.joining("\n"))
        + "\n"
        + bench.instance(0).tail()
        + "\n"
        + router.tails()
        + "\n"
        + router.ask("show bgp summary");
  }
}
