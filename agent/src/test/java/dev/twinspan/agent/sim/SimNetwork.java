package dev.twinspan.agent.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What lies between the nodes: everything a network does to datagrams, by one seed. */
public final class SimNetwork {
  /**
   * @param loss share of datagrams lost, 0 to 1
   * @param duplicate share that arrives twice
   * @param corrupt share with a flipped bit
   * @param minDelay nanoseconds
   * @param maxDelay nanoseconds; above the least, datagrams overtake each other
   */
  public record Weather(
      double loss, double duplicate, double corrupt, long minDelay, long maxDelay) {
    public static final Weather FAIR = new Weather(0, 0, 0, 5_000_000, 5_000_000);
  }

  /** There and back in fair weather, nanoseconds. */
  static final long FAIR_ROUND_TRIP = 2 * Weather.FAIR.maxDelay();

  /** A datagram between two ends as the network sees them. */
  public record Datagram(
      InetSocketAddress from, InetSocketAddress to, byte[] payload, boolean esp) {}

  /** Of an ESP packet, what the receiver checks: its SPI and the first bytes of the keys. */
  private static final int SEALED = 12;

  private final World world;
  private final RandomGenerator random;
  private final Map<InetAddress, SimHost> nodes = new HashMap<>();
  private final Map<InetAddress, Nat> nats = new HashMap<>();
  private final Set<InetAddress> cut = new HashSet<>();
  private Weather weather = Weather.FAIR;
  private Predicate<Datagram> eaten = _ -> false;

  SimNetwork(World world, long seed) {
    this.world = world;
    this.random = new SplittableRandom(seed);
  }

  void attach(InetAddress address, SimHost node) {
    nodes.put(address, node);
  }

  public void weather(Weather next) {
    weather = next;
  }

  /** Nothing from or to that address passes until {@link #heal}. */
  public void cut(InetAddress address) {
    cut.add(address);
  }

  public void heal() {
    cut.clear();
    eaten = _ -> false;
    weather = Weather.FAIR;
  }

  /** Datagrams for which this is true are lost. */
  public void eat(Predicate<Datagram> which) {
    eaten = which;
  }

  /** Puts the node behind a translator with that public address. */
  public Nat nat(InetAddress inside, InetAddress outside) {
    Nat nat = new Nat(outside);
    nats.put(inside, nat);
    nats.put(outside, nat);
    return nat;
  }

  /** The translator gets another public address, and has forgotten every mapping. */
  public void move(Nat nat, InetAddress next) {
    nats.remove(nat.outside);
    nat.outside = next;
    nats.put(next, nat);
    nat.rebind();
  }

  /** One public address, a port per inside port; forgets on command. */
  public static final class Nat {
    private InetAddress outside;
    private final Map<InetSocketAddress, Integer> ports = new HashMap<>();
    private int next = 20_000;

    Nat(InetAddress outside) {
      this.outside = outside;
    }

    InetSocketAddress out(InetSocketAddress inside) {
      return new InetSocketAddress(outside, ports.computeIfAbsent(inside, _ -> next++));
    }

    @Nullable InetSocketAddress in(InetSocketAddress to) {
      for (Map.Entry<InetSocketAddress, Integer> mapping : ports.entrySet()) {
        if (mapping.getValue() == to.getPort()) {
          return mapping.getKey();
        }
      }
      return null;
    }

    /** Every mapping is lost; the next packet from inside gets a new port. */
    public void rebind() {
      ports.clear();
    }
  }

  public void send(InetSocketAddress from, InetSocketAddress to, byte[] payload, boolean esp) {
    InetSocketAddress source = from;
    Nat nat = nats.get(from.getAddress());
    if (nat != null && !nat.outside.equals(from.getAddress())) {
      source = nat.out(from);
    }
    Datagram datagram = new Datagram(source, to, payload, esp);
    if (cut.contains(from.getAddress())
        || cut.contains(source.getAddress())
        || cut.contains(to.getAddress())
        || eaten.test(datagram)) {
      chart(from, datagram, "✕ cut");
      return;
    }
    if (random.nextDouble() < weather.loss()) {
      chart(from, datagram, "✕ lost");
      return;
    }
    deliver(from, datagram, "");
    if (random.nextDouble() < weather.duplicate()) {
      deliver(from, datagram, " (copy)");
    }
  }

  private void chart(InetSocketAddress from, Datagram datagram, String fate) {
    Chart chart = world.chart();
    SimHost node = nodes.get(from.getAddress());
    if (chart != null && node != null && !datagram.esp()) {
      chart.sent(world.now(), node, datagram.payload(), fate);
    }
  }

  private void deliver(InetSocketAddress from, Datagram datagram, String remark) {
    long spread = weather.maxDelay() - weather.minDelay();
    long delay = weather.minDelay() + (spread == 0 ? 0 : (long) (random.nextDouble() * spread));
    byte[] payload = datagram.payload().clone();
    if (payload.length > 0 && random.nextDouble() < weather.corrupt()) {
      // ESP's integrity check covers all of it; here a part of it stands for that.
      int covered = datagram.esp() ? Math.min(payload.length, SEALED) : payload.length;
      payload[random.nextInt(covered)] ^= (byte) (1 << random.nextInt(8));
    }
    if (world.chart() != null) {
      boolean damaged = !Arrays.equals(payload, datagram.payload());
      chart(
          from,
          datagram,
          "▶ after %d ms%s%s".formatted(delay / 1_000_000, remark, damaged ? " (damaged)" : ""));
    }
    world.after(delay, () -> arrive(datagram, payload));
  }

  private void arrive(Datagram datagram, byte[] payload) {
    InetSocketAddress to = datagram.to();
    Nat nat = nats.get(to.getAddress());
    if (nat != null && nat.outside.equals(to.getAddress())) {
      to = nat.in(to);
    }
    SimHost node = to == null ? null : nodes.get(to.getAddress());
    if (to != null && node != null && !cut.contains(to.getAddress())) {
      node.arrive(to, datagram.from(), payload, datagram.esp());
    }
  }
}
