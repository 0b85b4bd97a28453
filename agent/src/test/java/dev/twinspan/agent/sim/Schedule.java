package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.sim.SimNetwork.Nat;
import dev.twinspan.agent.sim.SimNetwork.Weather;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One random story of two boxes: bad weather, cuts, crashes, commands, rekeys by short lifetimes;
 * then the sky clears, and everything must come together. Reproduce a failing one with {@code new
 * Schedule(seed).run()}.
 */
public final class Schedule {
  private static final InetAddress PUBLIC = World.address("203.0.113.200");
  private static final Duration STORM = Duration.ofMinutes(4);
  private static final Duration RECOVERY = Duration.ofSeconds(75);
  private static final Duration CALM = Duration.ofSeconds(150);

  private final long seed;
  private final Random random;
  private final World world;
  private final SimNode left;
  private final SimNode right;
  private @Nullable Nat nat;

  public Schedule(long seed) {
    this.seed = seed;
    this.random = new Random(seed * 31 + 7);
    this.world = World.fast(seed);
    this.left = world.node("left", "192.0.2.1");
    this.right = world.node("right", "192.0.2.2");
  }

  public void run() {
    configure();
    world.every(Duration.ofMillis(500), this::traffic);
    storm();
    calm();
  }

  private void configure() {
    boolean translated = random.nextInt(4) == 0;
    if (translated) {
      nat = world.network().nat(left.address(), PUBLIC);
    }
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
    if (translated) {
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
    return Peers.from(here, there)
        .role(role)
        .esp(pfs ? Peers.GCM_PFS : Peers.GCM)
        .lifetimes(ike, child)
        .liveness(Duration.ofSeconds(5), Duration.ofSeconds(20))
        .force(force);
  }

  private void traffic() {
    left.sendEsp();
    right.sendEsp();
    Invariants.agree(world);
  }

  // --- bad times --------------------------------------------------------------------------------

  private void storm() {
    long end = world.now() + STORM.toNanos();
    while (world.now() < end) {
      world.run(Duration.ofMillis(random.nextInt(15_000)));
      mischief();
    }
  }

  private void mischief() {
    switch (random.nextInt(13)) {
      case 0, 1, 2 -> world.network().weather(weather());
      case 3 -> world.network().weather(Weather.FAIR);
      case 4 -> world.network().cut(pick(left, right).address());
      case 5 -> world.network().heal();
      case 6 -> command();
      case 7 -> {
        command();
        command();
      }
      case 8, 9 -> atOnce();
      case 11 -> {
        if (nat != null) {
          nat.rebind();
        } else {
          SimNode deaf = pick(left, right);
          world.network().eat(datagram -> datagram.to().getAddress().equals(deaf.address()));
        }
      }
      case 10 -> crash(pick(left, right));
      default -> {}
    }
  }

  private Weather weather() {
    long least = random.nextInt(30) * 1_000_000L;
    long spread = random.nextInt(3) == 0 ? 0 : random.nextInt(400) * 1_000_000L;
    return new Weather(
        random.nextInt(40) / 100.0,
        random.nextInt(20) / 100.0,
        random.nextInt(10) / 100.0,
        least,
        least + spread);
  }

  private void command() {
    SimNode node = pick(left, right);
    String peer = node == left ? "right" : "left";
    if (node.isDown()) {
      return;
    }
    switch (random.nextInt(6)) {
      case 0 -> node.reset(peer);
      case 1, 2 -> node.rekey(peer, true);
      case 3 -> node.rekey(peer, false);
      default -> {
        Integer spi = node.outbound(peer);
        if (spi != null) {
          node.exhausted(spi);
        }
      }
    }
  }

  /** Both sides want the same, within a network's breath of each other. */
  private void atOnce() {
    boolean ike = random.nextBoolean();
    boolean otherToo = random.nextInt(4) > 0;
    rekey(left, "right", ike);
    long lag = random.nextInt(3) == 0 ? 0 : random.nextInt(100);
    world.after(Duration.ofMillis(lag), () -> rekey(right, "left", otherToo == ike));
  }

  private static void rekey(SimNode node, String peer, boolean ike) {
    if (!node.isDown()) {
      node.rekey(peer, ike);
    }
  }

  private void crash(SimNode node) {
    if (!node.isDown()) {
      node.crash();
      world.after(Duration.ofMillis(random.nextInt(10_000)), node::restart);
    }
  }

  // --- good times -------------------------------------------------------------------------------

  private void calm() {
    world.network().heal();
    world.run(Duration.ofSeconds(11)); // who has crashed is back
    boolean up = world.runUntil(this::flowing, RECOVERY);
    world.check(up, () -> "not up after " + RECOVERY + ": " + describe());
    world.run(CALM);
    boolean settled = world.runUntil(this::isSettled, Duration.ofSeconds(60));
    world.check(settled, () -> "does not settle: " + describe());
    long lostBefore = lost();
    world.run(Duration.ofSeconds(60));
    world.check(lost() == lostBefore, () -> "packets lost in fair weather: " + describe());
  }

  private boolean flowing() {
    return left.isUp("right") && right.isUp("left");
  }

  private boolean isSettled() {
    try {
      Invariants.settled(world);
    } catch (AssertionError _) {
      return false;
    }
    return flowing() && sas(left) == 1 && sas(right) == 1 && left.installed().size() == 1;
  }

  private static int sas(SimNode node) {
    return node.engine().view().getFirst().ikeSas();
  }

  private long lost() {
    return left.espUnknown() + right.espUnknown();
  }

  private String describe() {
    return "seed %d%n  left %s%n  right %s%n  %s%n  %s"
        .formatted(seed, left.installed(), right.installed(), view(left), view(right));
  }

  private static IkeView view(SimNode node) {
    return node.engine().view().getFirst();
  }

  @SafeVarargs
  private <T> T pick(T... of) {
    return of[random.nextInt(of.length)];
  }
}
