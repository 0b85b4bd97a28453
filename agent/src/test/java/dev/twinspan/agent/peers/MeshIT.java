package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.TwoBoxes;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.StatusClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Dual redundancy: two appliances at one site and two instances of the gateway, a tunnel from each
 * to each, and a BGP session in each tunnel. The LAN host has one router, a virtual address that
 * keepalived keeps on one of the two appliances; sixteen flows with a packet each 10 ms go by it
 * and are answered. Then some of the four are gone at once, an appliance as if its power were cut,
 * an instance as if its host died. While one appliance and one instance are left there is a path,
 * and both directions must go on over it; with both of a kind gone nothing may arrive. All come
 * back, and the next ones go.
 *
 * <p>Both appliances have the image's firewall: an answer may come by the one that has not seen the
 * question. No packet may arrive twice, and none may live long enough to go round in a circle.
 *
 * <p>CI walks two telling sets. {@code -Dtwinspan.mesh=all} walks all fifteen, each with its
 * outage, and holds those to the bar of a second; {@code -Dtwinspan.mesh=9} is one of them, by the
 * sum of its parts: 1 the box that has the virtual address, 2 the other, 4 and 8 the instances.
 *
 * <p>Tunnels are routed by BGP, as Azure demands where two local network gateways have the same
 * prefixes; {@code -Dtwinspan.mesh.static=true} is the same with static prefixes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshIT {
  private static final String WHICH = System.getProperty("twinspan.mesh", "");
  private static final boolean ALL = WHICH.equals("all");
  private static final boolean BGP = !Boolean.getBoolean("twinspan.mesh.static");
  private static final int FLOWS = 16;
  private static final int RATE = 100;

  /** Two agents that start anew beside four others, on a machine that is busy anyway. */
  private static final Duration UP = Duration.ofSeconds(180);

  private static final Duration MOVES = Duration.ofSeconds(60);

  private static final int MASTER = 1;
  private static final int OTHER = 2;
  private static final int BOXES = MASTER | OTHER;
  private static final int IN0 = 4;
  private static final int IN1 = 8;
  private static final int INSTANCES = IN0 | IN1;

  private static final List<Integer> SETS = sets();

  private static List<Integer> sets() {
    if (WHICH.isEmpty()) {
      return List.of(MASTER | IN1, INSTANCES);
    }
    return ALL
        ? IntStream.rangeClosed(1, 15).boxed().toList()
        : Stream.of(WHICH.split(",")).map(Integer::valueOf).toList();
  }

  /** What Azure's fabric takes to notice is not ours to shorten. */
  private static final Bench.Options OPTIONS = new Bench.Options(false, Duration.ofMillis(200));

  private TwoBoxes site;
  private Hosts hosts;

  @BeforeAll
  void raise() {
    site = TwoBoxes.set(OPTIONS, BGP);
    site.start();
    site.site().boxes().forEach(BoxFirewall::raise);
    hosts = site.bench().hosts();
    Await.orThrow(UP, site::allUp, "four tunnels", () -> site.describe() + "\n" + site.tails());
    hosts.udp(FLOWS, RATE, 200);
  }

  @AfterAll
  void close() {
    if (site != null) {
      site.close();
    }
  }

  @Test
  void shouldCarryTrafficWheneverAPathExists() {
    List<String> late = new ArrayList<>();
    for (int set : SETS) {
      ready();
      int master = site.site().isMaster(0) ? 0 : 1;
      hosts.mark();
      long circled = circled();
      lose(set, master);
      if (hasPath(set)) {
        Await.orThrow(
            MOVES,
            () -> moving(hosts) == FLOWS,
            "all flows to go on without " + words(set, master),
            () -> site.describe() + "\n" + hosts.lan().flows() + "\n" + site.tails());
        long out = longest(hosts.vnet().echoed());
        long back = longest(hosts.lan().flows());
        System.out.printf(
            "without %s: outgoing outage %d ms, with the way back %d ms%n",
            words(set, master), out, back);
        if (out > 1_000) {
          System.out.println(site.tails());
          late.add("%s: %d ms".formatted(words(set, master), out));
        }
      } else {
        Await.orThrow(
            MOVES,
            () -> arriving(hosts) == 0,
            "nothing to arrive without " + words(set, master),
            () -> site.describe() + "\n" + hosts.vnet().echoed());
        System.out.printf("without %s: no path, nothing arrives%n", words(set, master));
      }
      long lost = circled();
      restore(set, master);
      ready();
      if (circled() > circled) {
        System.out.printf(
            "%d packets went in a circle without %s, %d when it was back%n",
            lost - circled, words(set, master), circled() - lost);
      }
    }
    noDuplicates();
    if (ALL) {
      assertThat(late).as("outages of more than a second").isEmpty();
    }
  }

  /**
   * The LAN host has a box as its router that loses its way to the internet, and with it both
   * tunnels; what the box gets goes over the other one.
   */
  @Test
  void shouldForwardOverTheOtherBoxWithoutATunnel() {
    ready();
    Namespace lan = site.site().topology().lan();
    lan.ip("route", "replace", "default", "via", Addresses.BOXES_INSIDE.get(0));
    try {
      ready();
      hosts.mark();
      site.site().cutOutside(0);
      Await.orThrow(
          MOVES,
          () -> site.up(0) == 0 && moving(hosts) == FLOWS,
          "all flows to go on over the other box",
          () -> site.describe() + "\n" + hosts.lan().flows() + "\n" + site.tails());
      System.out.printf(
          "a box without tunnels: outgoing outage %d ms, with the way back %d ms%n",
          longest(hosts.vnet().echoed()), longest(hosts.lan().flows()));
      Await.orThrow(
          MOVES,
          () -> site.site().isMaster(1) && !site.site().isMaster(0),
          "the box without tunnels to give the virtual address up",
          site::describe);
      noDuplicates();
    } finally {
      site.site().mend(0);
      reset(0, INSTANCES);
      lan.ip("route", "replace", "default", "via", Addresses.LAN_ROUTER);
    }
    ready();
  }

  private static boolean hasPath(int set) {
    return (set & BOXES) != BOXES && (set & INSTANCES) != INSTANCES;
  }

  private void lose(int set, int master) {
    for (int i = 0; i < 2; i++) {
      if ((set & IN0 << i) != 0) {
        site.bench().kill(i);
      }
    }
    for (int i = 0; i < 2; i++) {
      if ((set & MASTER << i) != 0) {
        site.killBox(i == 0 ? master : 1 - master);
      }
    }
  }

  private void restore(int set, int master) {
    for (int i = 0; i < 2; i++) {
      if ((set & IN0 << i) != 0) {
        site.bench().restore(i);
      }
    }
    for (int i = 0; i < 2; i++) {
      if ((set & MASTER << i) != 0) {
        site.restoreBox(i == 0 ? master : 1 - master);
      } else {
        reset(i == 0 ? master : 1 - master, set);
      }
    }
  }

  /** A reset by the operator forgets the hold-down, which would otherwise grow from set to set. */
  private void reset(int box, int set) {
    for (int i = 0; i < 2; i++) {
      if ((set & IN0 << i) != 0) {
        try {
          var answer =
              new StatusClient(site.box(box).statusSocket())
                  .post("/v1/tunnels/hub-weu/in%d/reset".formatted(i));
          assertThat(answer.ok()).as("%s", answer.body()).isTrue();
        } catch (StatusClient.Unreachable e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private void ready() {
    Await.orThrow(
        UP,
        () -> site.allUp() && moving(hosts) == FLOWS,
        "all four tunnels, and all flows",
        () -> site.describe() + "\n" + hosts.lan().flows() + "\n" + site.tails());
  }

  /** Flows whose echoes come back. */
  private static long moving(Hosts hosts) {
    return Scenario.alive(hosts);
  }

  /** Packets that reach the VNet within a moment. */
  private static long arriving(Hosts hosts) {
    long before = received(hosts.vnet().echoed());
    Await.pause(Duration.ofMillis(500));
    return received(hosts.vnet().echoed()) - before;
  }

  private static long received(List<FlowReport> flows) {
    return flows.stream().mapToLong(FlowReport::received).sum();
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
    assertThat(circled()).as("packets that went in a circle").isZero();
  }

  private long circled() {
    return site.site().timeExceeded(0) + site.site().timeExceeded(1);
  }

  private static String words(int set, int master) {
    List<String> gone = new ArrayList<>();
    String[] names = {
      "the master (%s)".formatted(name(master)),
      "the other box (%s)".formatted(name(1 - master)),
      "in0",
      "in1"
    };
    for (int i = 0; i < names.length; i++) {
      if ((set & 1 << i) != 0) {
        gone.add(names[i]);
      }
    }
    return String.join(", ", gone);
  }

  private static String name(int box) {
    return box == 0 ? "cpe" : "cpe2";
  }
}
