package dev.twinspan.agent.sim.bgp;

import static dev.twinspan.agent.sim.bgp.BgpWorld.SECOND;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * One random story of two speakers: cuts, half-open connections, crashes, resets, both dialling at
 * once, routes that come and go; then the sky clears, and both must be established with each
 * other's routes. Reproduce a failing one with {@code new BgpSchedule(seed).run()}.
 */
final class BgpSchedule {
  private static final long STORM = 120 * SECOND;

  /** The longest wait, an OPEN that does not come, and as much again. */
  private static final long CALM = 150 * SECOND;

  private final long seed;
  private final Random random;
  private final BgpWorld world;
  private final BgpNode left;
  private final BgpNode right;

  BgpSchedule(long seed) {
    this(seed, BgpEngine::new);
  }

  /**
   * @param engines of both speakers; a test plants its bugs here
   */
  BgpSchedule(long seed, Function<RandomGenerator, BgpEngine> engines) {
    this.seed = seed;
    this.random = new Random(seed * 31 + 7);
    this.world = new BgpWorld(seed);
    this.left = new BgpNode(world, "left", address("10.255.0.17"), engines);
    this.right = new BgpNode(world, "right", address("10.10.255.4"), engines);
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  void run() {
    try {
      configure();
      storm();
      calm();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "seed %d at %.3f: %s%n%s"
              .formatted(seed, world.now() / 1e9, e.getMessage(), world.trace()),
          e);
    }
  }

  private void configure() {
    boolean leftOnly = random.nextInt(4) == 0;
    boolean rightOnly = !leftOnly && random.nextInt(4) == 0;
    int identifier = random.nextInt(1, 1000);
    int others = random.nextInt(5) == 0 ? identifier : random.nextInt(1, 1000);
    left.configure(
        right,
        peer(left, right, 65010, 65515, identifier, dial(leftOnly, rightOnly)),
        prefixes(10));
    long delay = random.nextInt(3) == 0 ? 0 : random.nextLong(3 * SECOND);
    BgpPeer config = peer(right, left, 65515, 65010, others, dial(rightOnly, leftOnly));
    List<Nlri> prefixes = prefixes(20);
    world.after(delay, () -> right.configure(left, config, prefixes));
  }

  private static Dial dial(boolean mine, boolean yours) {
    return mine ? Dial.ACTIVE : yours ? Dial.PASSIVE : Dial.BOTH;
  }

  private BgpPeer peer(
      BgpNode here, BgpNode there, long localAs, long remoteAs, int identifier, Dial dial) {
    return new BgpPeer(
        "peer",
        here.address(),
        there.address(),
        localAs,
        remoteAs,
        identifier,
        Duration.ofSeconds(random.nextBoolean() ? 9 : 12),
        random.nextBoolean(),
        dial,
        EnumSet.allOf(Family.class),
        null,
        100,
        BgpPeer.LimitAction.WARN,
        0);
  }

  private List<Nlri> prefixes(int first) {
    List<Nlri> prefixes = new ArrayList<>();
    for (int i = random.nextInt(30); i > 0; i--) {
      prefixes.add(new Nlri(Family.IPV4_UNICAST, (long) first << 56 | (long) i << 40, 0, 24));
    }
    return prefixes;
  }

  private void storm() {
    long end = world.now() + STORM;
    while (world.now() < end) {
      world.run(random.nextLong(6 * SECOND));
      mischief();
      left.check();
      right.check();
    }
  }

  private void mischief() {
    BgpNode one = random.nextBoolean() ? left : right;
    switch (random.nextInt(9)) {
      case 0 -> world.cut(true);
      case 1, 2 -> world.cut(false);
      case 3 -> world.breakOne();
      case 4 -> {
        one.crash();
        long down = random.nextBoolean() ? 0 : random.nextLong(10 * SECOND);
        world.after(down, one::restart);
      }
      case 5 -> one.reset(random.nextBoolean());
      case 6 -> world.slowest(random.nextBoolean() ? 20_000_000 : SECOND);
      case 7 -> one.export(prefixes(one == left ? 10 : 20));
      default -> {
        left.reset(true);
        right.reset(true);
      }
    }
  }

  private void calm() {
    world.cut(false);
    world.slowest(20_000_000);
    left.restart();
    right.restart();
    world.run(CALM);
    left.check();
    right.check();
    left.agreesWith(right);
    right.agreesWith(left);
  }
}
