package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Virtual time, the nodes and the network between them. One thread, no clock, no sleep. */
public final class World {
  /** A call that returns a deadline already past, again and again, would stand still for ever. */
  private static final int STANDSTILL = 1_000;

  private static final int TRACE = Integer.getInteger("sim.trace", 60);

  private static final long START = 1_000_000_000L;

  /** Put into words only when a run fails. */
  private record Traced(long at, SimNode node, IkeAction action) {
    @Override
    public String toString() {
      return "%.3f %s %s".formatted((at - START) / 1e9, node, Trace.of(action));
    }
  }

  private record Event(long at, long order, Runnable what) {}

  private final long seed;
  private final Function<Long, IkeCrypto> crypto;
  private final SimNetwork network;
  private final List<SimNode> nodes = new ArrayList<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private final Deque<Traced> trace = new ArrayDeque<>();
  private long now = START;
  private long order;
  private long cryptoSeed;

  /**
   * @param crypto from a seed; asked for once per start of an engine
   */
  public World(long seed, Function<Long, IkeCrypto> crypto) {
    this.seed = seed;
    this.crypto = crypto;
    this.cryptoSeed = seed * 1_000;
    this.network = new SimNetwork(this, seed);
  }

  /** A world of stand-in cryptography. */
  public static World fast(long seed) {
    return new World(seed, FastCrypto::new);
  }

  public SimNode node(String name, String address) {
    Supplier<IkeCrypto> source = () -> crypto.apply(++cryptoSeed);
    SimNode node = new SimNode(this, name, address(address), source);
    nodes.add(node);
    network.attach(node.address(), node);
    return node;
  }

  public static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  public SimNetwork network() {
    return network;
  }

  public List<SimNode> nodes() {
    return nodes;
  }

  public long now() {
    return now;
  }

  public void after(long delay, Runnable what) {
    events.add(new Event(now + delay, order++, what));
  }

  public void after(Duration delay, Runnable what) {
    after(delay.toNanos(), what);
  }

  /** Every so often until the end of the world. */
  public void every(Duration period, Runnable what) {
    after(
        period,
        () -> {
          what.run();
          every(period, what);
        });
  }

  public void run(Duration duration) {
    runUntil(() -> false, duration);
  }

  /**
   * @return whether the condition came true within the time
   */
  public boolean runUntil(BooleanSupplier condition, Duration limit) {
    long end = now + limit.toNanos();
    int still = 0;
    while (!condition.getAsBoolean()) {
      long next = nextTime();
      if (next > end) {
        now = end;
        return condition.getAsBoolean();
      }
      still = next <= now ? still + 1 : 0;
      check(still < STANDSTILL, () -> "time stands still");
      now = Math.max(now, next);
      step();
    }
    return true;
  }

  private long nextTime() {
    long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().at();
    for (SimNode node : nodes) {
      next = Math.min(next, node.deadline());
    }
    return next;
  }

  private void step() {
    while (!events.isEmpty() && events.peek().at() <= now) {
      events.poll().what().run();
    }
    for (SimNode node : nodes) {
      if (node.deadline() <= now) {
        node.tick();
      }
    }
  }

  // --- what must hold ---------------------------------------------------------------------------

  void observe(SimNode node, IkeAction action) {
    trace.addLast(new Traced(now, node, action));
    if (trace.size() > TRACE) {
      trace.removeFirst();
    }
  }

  public void check(boolean holds, Supplier<String> otherwise) {
    if (!holds) {
      throw new AssertionError(
          "seed %d at %.3f s: %s\n%s"
              .formatted(
                  seed,
                  (now - START) / 1e9,
                  otherwise.get(),
                  trace.stream().map(Traced::toString).collect(Collectors.joining("\n"))));
    }
  }
}
