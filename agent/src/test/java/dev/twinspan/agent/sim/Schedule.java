package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.ike.EngineProbe.Holdings;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.SimNetwork.Nat;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One random story of two boxes, all of it its seed:
 *
 * <ol>
 *   <li>Storm: {@link Mischief} again and again, under traffic. Whatever happens, halves of CHILD
 *       SAs agree and nothing grows without bound.
 *   <li>The sky clears. Both are up within {@link #RECOVERY}, and come to rest with one IKE SA and
 *       one CHILD SA.
 *   <li>Fair weather: rekeys by each and by both at once, under faster traffic. Not one packet is
 *       lost, and none comes on an SA deleted longer ago than a round trip.
 *   <li>At rest again.
 * </ol>
 */
public final class Schedule {
  private static final InetAddress PUBLIC = World.address("203.0.113.200");
  private static final Duration STORM = Duration.ofSeconds(100);
  private static final Duration RECOVERY = Duration.ofSeconds(75);
  private static final Duration REST = Duration.ofSeconds(210);

  /** Far above what any story needs, far below what would grow. */
  private static final Holdings BOUND = new Holdings(40, 20, 80);

  private final long seed;
  private final int pairs;
  private final SplittableRandom random;
  private final World world;
  private final SimNode left;
  private final SimNode right;
  private final Mischief mischief;
  private final @Nullable Nat nat;
  private long period = Duration.ofMillis(500).toNanos();

  public Schedule(long seed) {
    this(seed, own -> new IkeEngine(new FastCrypto(own)), 0);
  }

  /**
   * @param pairs policy-based, with so many; 0: route-based
   */
  Schedule(long seed, LongFunction<IkeEngine> engines, int pairs) {
    this.seed = seed;
    this.pairs = pairs;
    this.random = new SplittableRandom(seed * 31 + 7);
    this.world = new World(seed, engines);
    this.left = world.node("left", "192.0.2.1");
    this.right = world.node("right", "192.0.2.2");
    this.nat = random.nextInt(4) == 0 ? world.network().nat(left.address(), PUBLIC) : null;
    this.mischief = new Mischief(world, left, right, random, nat);
  }

  /** Nothing is written down: for masses of runs. A failing one is run again with its chart. */
  Schedule uncharted() {
    world.uncharted();
    return this;
  }

  public void run() {
    configure();
    traffic();
    storm();
    clear();
    fairWeather();
    rest();
  }

  private void configure() {
    Role ofLeft = pick(Role.INITIATE_AND_RESPOND, Role.INITIATE_AND_RESPOND, Role.INITIATE_ONLY);
    Role ofRight = pick(Role.INITIATE_AND_RESPOND, Role.INITIATE_AND_RESPOND, Role.RESPOND_ONLY);
    if (ofLeft == Role.INITIATE_ONLY) {
      ofRight = Role.RESPOND_ONLY;
    }
    Duration ike = Duration.ofSeconds(40 + random.nextInt(200));
    Duration child = Duration.ofSeconds(20 + random.nextInt(100));
    boolean pfs = random.nextBoolean();
    boolean force = random.nextBoolean();
    Peers.Builder first = peer(left, right, ofLeft, ike, child, pfs, force);
    left.configure(random.nextBoolean() ? first.build() : first.local(null).build());
    long delay = random.nextInt(3) == 0 ? 0 : random.nextInt(2_000);
    Peers.Builder second = peer(right, left, ofRight, ike, child, pfs, force);
    if (nat != null) {
      second.remote(PUBLIC).remoteId(IkeId.of(left.address()));
    }
    world.after(Duration.ofMillis(delay), () -> right.configure(second.build()));
  }

  private Peers.Builder peer(
      SimNode here,
      SimNode there,
      Role role,
      Duration ike,
      Duration child,
      boolean pfs,
      boolean force) {
    Peers.Builder builder = Peers.from(here, there);
    return (pairs == 0 ? builder : builder.pairs(pairs(here == left)))
        .role(role)
        .esp(pfs ? Peers.GCM_PFS : Peers.GCM)
        .lifetimes(ike, child)
        .liveness(Duration.ofSeconds(5), Duration.ofSeconds(20))
        .force(force);
  }

  private List<IkePeer.Pair> pairs(boolean ofLeft) {
    return IntStream.range(0, pairs)
        .mapToObj(n -> new IkePeer.Pair(net(ofLeft ? 1 : 2, n), net(ofLeft ? 2 : 1, n)))
        .toList();
  }

  private static TrafficSelector net(int side, int n) {
    return Peers.selector("10.%d.%d.0".formatted(side, n), "10.%d.%d.255".formatted(side, n));
  }

  private int children() {
    return Math.max(1, pairs);
  }

  private void traffic() {
    left.sendEsp();
    right.sendEsp();
    if (left.takeChanged() | right.takeChanged()) {
      Invariants.agree(world);
      bounded(left);
      bounded(right);
    }
    world.after(period, this::traffic);
  }

  private void bounded(SimNode node) {
    Holdings held = EngineProbe.holdings(node.engine());
    world.check(
        held.ikeSas() <= BOUND.ikeSas()
            && held.halfOpen() <= BOUND.halfOpen()
            && held.children() <= BOUND.children() * children(),
        () -> "grows without bound: " + node + " " + held);
  }

  private void storm() {
    long end = world.now() + STORM.toNanos();
    while (world.now() < end) {
      world.run(Duration.ofMillis(random.nextInt(7_000)));
      mischief.happen();
    }
  }

  private void clear() {
    world.network().heal();
    world.run(Duration.ofSeconds(21)); // who has crashed or stands still is back
    boolean up = world.runUntil(this::flowing, RECOVERY);
    world.check(up, () -> "not up after " + RECOVERY + ": " + describe());
    rest();
  }

  private void rest() {
    boolean rests = world.runUntil(this::isAtRest, REST);
    world.check(rests, () -> "does not come to rest: " + describe());
  }

  private void fairWeather() {
    world.run(Duration.ofSeconds(3)); // what is lingering goes
    period = Duration.ofMillis(20).toNanos();
    world.run(Duration.ofSeconds(1));
    world.strict(true);
    for (int i = 0; i < 3; i++) {
      mischief.rekeyAtOnce();
      world.run(Duration.ofMillis(500 + random.nextInt(3_000)));
    }
    world.run(Duration.ofSeconds(3));
    world.strict(false);
    period = Duration.ofMillis(500).toNanos();
    world.check(flowing(), () -> "down in fair weather: " + describe());
  }

  private boolean flowing() {
    return left.isUp("right") && right.isUp("left");
  }

  private boolean isAtRest() {
    return left.installed().size() == children() // the cheapest first: asked after every event
        && right.installed().size() == children()
        && holdsNoMore(left)
        && holdsNoMore(right)
        && flowing()
        && sas(left) == 1
        && sas(right) == 1
        && Invariants.areSettled(world);
  }

  /** One IKE SA, and a CHILD SA for each pair, all of them sent on. */
  private boolean holdsNoMore(SimNode node) {
    return EngineProbe.holdings(node.engine()).equals(new Holdings(1, 0, children()))
        && view(node).missingPairs().isEmpty()
        && view(node).children().stream().allMatch(IkeView.Child::outbound);
  }

  private static int sas(SimNode node) {
    return node.engine().view().getFirst().ikeSas();
  }

  private String describe() {
    return "seed %d%n  left %s %s%n  right %s %s%n  %s%n  %s"
        .formatted(
            seed,
            EngineProbe.holdings(left.engine()),
            left.installed().values(),
            EngineProbe.holdings(right.engine()),
            right.installed().values(),
            view(left),
            view(right));
  }

  private static IkeView view(SimNode node) {
    return node.engine().view().getFirst();
  }

  @SafeVarargs
  private <T> T pick(T... of) {
    return of[random.nextInt(of.length)];
  }
}
