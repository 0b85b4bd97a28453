package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
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

  private final Map<InetAddress, Wire> wires = new HashMap<>();
  private final Deque<Runnable> inFlight = new ArrayDeque<>();
  private SiteControl a;
  private SiteControl b;
  private long now = 1;

  /** One box's end: TCP as the core sees it. */
  private final class Wire implements BgpEdge, BgpTransport {
    private Listener reports;
    private Wire far;
    private final Map<Long, Long> partner = new HashMap<>();
    private long accepted;

    @Override
    public void own(Set<InetAddress> local) {
      throw new AssertionError("the LAN's address is the operator's to set");
    }

    @Override
    public BgpTransport listen(Set<InetAddress> local, Listener to) {
      reports = to;
      wires.put(local.iterator().next(), this);
      return this;
    }

    @Override
    public BgpTransport dialOnly(Listener to) {
      throw new AssertionError("it can listen");
    }

    @Override
    public void dial(BgpAction.Dial dial) {
      inFlight.add(
          () -> {
            far = wires.get(dial.remote());
            far.far = this;
            long theirs = --far.accepted;
            partner.put(dial.connection(), theirs);
            far.partner.put(theirs, dial.connection());
            far.reports.accepted(theirs, dial.remote(), dial.local());
            reports.connected(dial.connection());
          });
    }

    @Override
    public void send(long connection, byte[] bytes) {
      Long theirs = partner.get(connection);
      if (theirs != null) {
        inFlight.add(() -> far.reports.received(theirs, bytes));
      }
    }

    @Override
    public void hangUp(long connection) {
      Long theirs = partner.remove(connection);
      if (theirs != null) {
        inFlight.add(() -> far.reports.closed(theirs, "closed by the peer"));
      }
    }

    @Override
    public boolean quiet() {
      return true;
    }

    @Override
    public void close() {}
  }

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
            new Wire(),
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

  /** Lets what is in flight arrive, and as many seconds pass. */
  private void settle(int seconds) {
    for (int i = 0; i < 10 * seconds; i++) {
      now += 100_000_000L;
      for (Runnable next = inFlight.poll(); next != null; next = inFlight.poll()) {
        next.run();
        while (a.turn(now) || b.turn(now)) {
          // until neither has reports left
        }
      }
      a.turn(now);
      b.turn(now);
    }
  }

  @Test
  void shouldLearnWhatTheOtherBoxCarries() {
    a.tell(now, Set.of(VNET, OTHER));
    settle(2);

    assertThat(b.learnt().reachable()).containsExactlyInAnyOrder(VNET, OTHER);
    assertThat(b.learnt().via()).isEqualTo(InetAddress.ofLiteral("192.168.50.2"));
    assertThat(a.learnt().reachable()).isEmpty();
  }

  @Test
  void shouldNotTellBackWhatItHasFromTheOtherBox() {
    a.tell(now, Set.of(VNET));
    b.tell(now, Set.of(OTHER));
    settle(2);

    assertThat(a.learnt().reachable()).containsExactly(OTHER);
    assertThat(b.learnt().reachable()).containsExactly(VNET);
  }

  @Test
  void shouldGuardWhatTheOtherBoxCannotCarryAnyMore() {
    a.tell(now, Set.of(VNET, OTHER));
    settle(2);
    a.tell(now, Set.of(VNET));
    settle(2);

    assertThat(b.learnt().reachable()).containsExactly(VNET);
    assertThat(b.learnt().guarded()).containsExactlyInAnyOrder(VNET, OTHER);

    b.ownKnowledge();
    assertThat(b.learnt().guarded()).containsExactly(VNET);
  }

  @Test
  void shouldNotRememberWithoutBound() {
    for (int round = 0; round < 4; round++) {
      a.tell(now, manyPrefixes(round));
      settle(2);
    }

    assertThat(b.learnt().reachable()).isEqualTo(manyPrefixes(3));
    assertThat(b.learnt().guarded())
        .containsAll(manyPrefixes(3))
        .doesNotContainAnyElementsOf(manyPrefixes(0))
        .hasSizeLessThanOrEqualTo(8_000);
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
    a.tell(now, Set.of(LAN));
    settle(2);

    assertThat(b.learnt().reachable()).isEmpty();
  }

  @Test
  void shouldForgetABoxThatGoesDown() {
    a.tell(now, Set.of(VNET));
    settle(2);
    a.shutdown(now);
    settle(2);

    assertThat(b.learnt().reachable()).isEmpty();
  }
}
