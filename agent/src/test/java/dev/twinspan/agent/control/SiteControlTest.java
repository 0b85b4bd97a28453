package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two boxes of a site over a wire of memory. */
class SiteControlTest {
  private static final Prefix VNET = new Prefix(InetAddress.ofLiteral("10.10.0.0"), 16);
  private static final Prefix OTHER = new Prefix(InetAddress.ofLiteral("10.20.0.0"), 16);
  private static final Prefix LAN = new Prefix(InetAddress.ofLiteral("192.168.50.0"), 25);

  @TempDir Path folder;

  private final LanWire wire = new LanWire();
  private SiteControl a;
  private SiteControl b;
  private long now = 1;

  @BeforeEach
  void connect() throws Exception {
    a = box("a", "192.168.50.2", "192.168.50.3");
    b = box("b", "192.168.50.3", "192.168.50.2");
    settle(60);
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private SiteControl box(String name, String own, String sibling) throws Exception {
    SiteControl site =
        new SiteControl(
            new BgpEngine(new SplittableRandom(name.hashCode())),
            new EventRing(),
            wire.end(),
            () -> {});
    Path mine = Files.createDirectory(folder.resolve(name));
    AgentConfig config =
        new ConfigFixture(mine)
            .with(
                "    - 192.168.50.0/24\n",
                "    - 192.168.50.0/24\n  address: %s\nsite-peer: {address: %s}\n"
                    .formatted(own, sibling))
            .read()
            .config();
    site.configure(now, config);
    return site;
  }

  /** Lets what is in flight arrive. */
  private void deliver() {
    while (wire.step()) {
      while (a.turn(now) || b.turn(now)) {
        // until neither has reports left
      }
    }
  }

  /** Lets what is in flight arrive, and as many seconds pass. */
  private void settle(int seconds) {
    for (int i = 0; i < 10 * seconds; i++) {
      now += 100_000_000L;
      deliver();
      a.turn(now);
      b.turn(now);
    }
  }

  @Test
  void shouldLearnWhatTheOtherBoxCarries() {
    a.tell(now, own(Set.of(VNET, OTHER)));
    settle(2);

    assertThat(b.learnt().reachable()).containsExactlyInAnyOrder(VNET, OTHER);
    assertThat(b.learnt().via()).isEqualTo(InetAddress.ofLiteral("192.168.50.2"));
    assertThat(a.learnt().reachable()).isEmpty();
  }

  @Test
  void shouldNotTellBackWhatItHasFromTheOtherBox() {
    a.tell(now, own(Set.of(VNET)));
    b.tell(now, own(Set.of(OTHER)));
    settle(2);

    assertThat(a.learnt().reachable()).containsExactly(OTHER);
    assertThat(b.learnt().reachable()).containsExactly(VNET);
  }

  @Test
  void shouldGuardWhatTheOtherBoxCannotCarryAnyMore() {
    a.tell(now, own(Set.of(VNET, OTHER)));
    settle(2);
    a.tell(now, own(Set.of(VNET)));
    settle(2);

    assertThat(b.learnt().reachable()).containsExactly(VNET);
    assertThat(b.learnt().guarded()).containsExactlyInAnyOrder(VNET, OTHER);

    b.ownKnowledge();
    assertThat(b.learnt().guarded()).containsExactly(VNET);
  }

  @Test
  void shouldNotRememberWithoutBound() {
    for (int round = 0; round < 4; round++) {
      a.tell(now, own(manyPrefixes(round)));
      settle(2);
    }

    assertThat(b.learnt().reachable()).isEqualTo(manyPrefixes(3));
    assertThat(b.learnt().guarded())
        .containsAll(manyPrefixes(3))
        .doesNotContainAnyElementsOf(manyPrefixes(0))
        .hasSizeLessThanOrEqualTo(8_000);
  }

  private static Map<Prefix, Provenance> own(Set<Prefix> prefixes) {
    return prefixes.stream().collect(Collectors.toMap(p -> p, _ -> Provenance.OWN));
  }

  /** 3,000 of a round's own. */
  private static Set<Prefix> manyPrefixes(int round) {
    return IntStream.range(0, 3_000)
        .mapToObj(i -> "10.%d.%d.0".formatted(100 + round * 20 + i / 256, i % 256))
        .map(address -> new Prefix(InetAddress.ofLiteral(address), 24))
        .collect(Collectors.toSet());
  }

  @Test
  void shouldNotBelieveThatTheLanIsBehindTheOtherBox() {
    a.tell(now, own(Set.of(LAN)));
    settle(2);

    assertThat(b.learnt().reachable()).isEmpty();
  }

  /** Until the other one knows it might send back what it is sent. */
  @Test
  void shouldForwardWhatItHasJustCarriedItselfOnceTheOtherOneKnows() {
    a.tell(now, own(Set.of(VNET, OTHER)));
    b.tell(now, own(Set.of(VNET)));
    settle(2);
    assertThat(b.forwarding().reachable()).containsExactlyInAnyOrder(VNET, OTHER);

    b.tell(now, own(Set.of()));
    assertThat(b.settle(now)).isFalse();
    assertThat(b.forwarding().reachable()).containsExactly(OTHER);
    assertThat(b.forwarding().guarded()).contains(VNET);
    deliver();
    assertThat(a.learnt().reachable()).isEmpty();
    assertThat(b.settle(now)).isTrue();
    assertThat(b.forwarding()).isSameAs(b.learnt());
    assertThat(b.settle(now)).isFalse();
  }

  /** However the messages cross, no packet may go to and fro. */
  @Test
  void shouldNotForwardToEachOtherWhenBothLoseTheirTunnelsAtOnce() {
    a.tell(now, own(Set.of(VNET)));
    b.tell(now, own(Set.of(VNET)));
    settle(2);

    a.takeBack(now, own(Set.of()));
    b.takeBack(now, own(Set.of()));
    for (boolean more = true; more; ) {
      more = wire.step();
      while (a.turn(now) || b.turn(now)) {
        // until neither has reports left
      }
      a.settle(now);
      b.settle(now);
      assertThat(
              a.forwarding().reachable().contains(VNET)
                  && b.forwarding().reachable().contains(VNET))
          .isFalse();
    }
    assertThat(a.forwarding().reachable()).isEmpty();
    assertThat(b.forwarding().reachable()).isEmpty();
  }

  @Test
  void shouldNotWaitForEverForAnAnswer() {
    a.tell(now, own(Set.of(VNET)));
    b.tell(now, own(Set.of(VNET)));
    settle(2);

    b.tell(now, own(Set.of()));
    long due = b.nextDeadline();
    assertThat(due - now).isBetween(1L, 1_000_000_000L);
    assertThat(b.settle(due - 1)).isFalse();
    assertThat(b.settle(due)).isTrue();
  }

  @Test
  void shouldForgetABoxThatGoesDown() {
    a.tell(now, own(Set.of(VNET)));
    settle(2);
    a.shutdown(now);
    settle(2);

    assertThat(b.learnt().reachable()).isEmpty();
  }
}
