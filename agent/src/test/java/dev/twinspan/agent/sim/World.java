package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Virtual time, the nodes and the network between them. One thread, no clock, no sleep. */
public final class World {
  /** A call that returns a deadline already past, again and again, would stand still for ever. */
  private static final int STANDSTILL = 1_000;

  /** Lines of the chart that a failure shows: the last ones. */
  private static final int CHART = Integer.getInteger("sim.chart", 60);

  static final long START = 1_000_000_000L;

  private record Event(long at, long order, Runnable what) {}

  private final long seed;
  private final LongFunction<IkeEngine> engines;
  private final SimNetwork network;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<SimHost> hosts = new ArrayList<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private @Nullable Chart chart = new Chart(CHART);
  private long now = START;
  private long order;
  private long cryptoSeed;
  private boolean strict;

  /**
   * @param engines from a seed; asked for once per start of an engine
   */
  public World(long seed, LongFunction<IkeEngine> engines) {
    this.seed = seed;
    this.engines = engines;
    this.cryptoSeed = seed * 1_000;
    this.network = new SimNetwork(this, seed);
  }

  /** A world of stand-in cryptography. */
  public static World fast(long seed) {
    return new World(seed, own -> new IkeEngine(new FastCrypto(own)));
  }

  public SimNode node(String name, String address) {
    Supplier<IkeEngine> source = () -> engines.apply(++cryptoSeed);
    SimNode node = new SimNode(this, name, address(address), source);
    nodes.add(node);
    attach(node);
    return node;
  }

  /** Anything else with an address and a sense of time. */
  public void attach(SimHost host) {
    hosts.add(host);
    network.attach(host.address(), host);
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
    for (SimHost host : hosts) {
      next = Math.min(next, host.deadline());
    }
    return next;
  }

  private void step() {
    while (!events.isEmpty() && events.peek().at() <= now) {
      events.poll().what().run();
    }
    for (SimHost host : hosts) {
      if (host.deadline() <= now) {
        host.tick();
      }
    }
  }

  // --- what must hold ---------------------------------------------------------------------------

  void observe(SimNode node, IkeAction action) {
    if (chart != null) {
      chart.did(now, node, action);
    }
  }

  /** What happened so far is not written down: for masses of runs. */
  public void uncharted() {
    chart = null;
  }

  public @Nullable Chart chart() {
    return chart;
  }

  /** Whether packets may only be lost for a reason; true in fair weather after a while of it. */
  public boolean isStrict() {
    return strict;
  }

  public void strict(boolean holds) {
    strict = holds;
  }

  public void check(boolean holds, Supplier<String> otherwise) {
    if (!holds) {
      throw new AssertionError(
          "seed %d at %.3f s: %s\n%s"
              .formatted(seed, (now - START) / 1e9, otherwise.get(), chart == null ? "" : chart));
    }
  }
}
