package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.sim.SimNetwork.Nat;
import dev.twinspan.agent.sim.SimNetwork.Weather;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Everything that befalls two boxes and the network between them, one random thing at a time. */
final class Mischief {
  private final World world;
  private final SimNode left;
  private final SimNode right;
  private final RandomGenerator random;
  private final @Nullable Nat nat;
  private int addresses;

  Mischief(World world, SimNode left, SimNode right, RandomGenerator random, @Nullable Nat nat) {
    this.world = world;
    this.left = left;
    this.right = right;
    this.random = random;
    this.nat = nat;
  }

  void happen() {
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> world.network().weather(weather());
      case 3 -> world.network().weather(Weather.FAIR);
      case 4 -> world.network().cut(either().address());
      case 5 -> world.network().heal();
      case 6 -> command(either());
      case 7, 8 -> {
        command(left);
        later(100, () -> command(right));
      }
      case 9, 10 -> rekeyAtOnce();
      case 11 -> oneWay(either());
      case 12 -> away(either(), false);
      case 13 -> away(either(), true);
      case 14 -> failOver(either());
      case 15 -> {
        SimNode node = either();
        note(node, "stands still");
        node.stall(Duration.ofMillis(random.nextInt(20_000)));
      }
      case 16 -> {
        SimNode node = either();
        note(node, "its clock leaps");
        node.leap(Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(600_000) : 3_000));
      }
      case 17 -> deleteAtOnce();
      case 18 -> addressChange();
      default -> {}
    }
  }

  private void note(SimNode node, String what) {
    Chart chart = world.chart();
    if (chart != null) {
      chart.note(world.now(), node, () -> "*** " + what);
    }
  }

  private SimNode either() {
    return random.nextBoolean() ? left : right;
  }

  private String peerOf(SimNode node) {
    return node == left ? "right" : "left";
  }

  /** At the same instant, or within a network's breath. */
  private void later(int millis, Runnable what) {
    long lag = random.nextInt(3) == 0 ? 0 : random.nextInt(millis);
    world.after(Duration.ofMillis(lag), what);
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

  /** What an operator, a byte counter or a lifetime may ask of a box. */
  private void command(SimNode node) {
    if (node.isAway()) {
      return;
    }
    Integer spi = node.outbound(peerOf(node));
    switch (random.nextInt(8)) {
      case 0 -> {
        note(node, "reset");
        node.reset(peerOf(node));
      }
      case 1, 2 -> rekey(node, true);
      case 3, 4 -> rekey(node, false);
      case 5 -> delete(node, random.nextBoolean());
      default -> {
        if (spi != null) {
          note(node, "CHILD SA used up");
          node.exhausted(spi);
        }
      }
    }
  }

  /** Of the IKE SA or the CHILD SA; mostly both ends the same. */
  void rekeyAtOnce() {
    boolean ike = random.nextBoolean();
    boolean same = random.nextInt(4) > 0;
    rekey(left, ike);
    later(100, () -> rekey(right, same == ike));
  }

  private void rekey(SimNode node, boolean ike) {
    if (!node.isAway()) {
      note(node, ike ? "rekey of the IKE SA" : "rekey of the CHILD SA");
      node.rekey(peerOf(node), ike);
    }
  }

  private void deleteAtOnce() {
    boolean ike = random.nextBoolean();
    boolean same = random.nextInt(3) > 0;
    delete(left, ike);
    later(50, () -> delete(right, same == ike));
  }

  /** As at the end of a lifetime: no command for it, no excuse either. */
  private void delete(SimNode node, boolean ike) {
    Integer spi = node.outbound(peerOf(node));
    if (node.isAway() || spi == null) {
      return;
    }
    note(node, ike ? "DELETE of the IKE SA" : "DELETE of the CHILD SA");
    node.ask(
        (engine, now) ->
            ike
                ? EngineProbe.deleteIke(engine, now, spi)
                : EngineProbe.deleteChild(engine, now, spi));
  }

  private void oneWay(SimNode deaf) {
    note(deaf, "hears nothing any more");
    world.network().eat(datagram -> datagram.to().getAddress().equals(deaf.address()));
  }

  /** Crashes, or goes down in order; comes back without state after a while. */
  private void away(SimNode node, boolean orderly) {
    if (node.isDown()) {
      return;
    }
    if (orderly && !node.isAway()) {
      note(node, "goes down in order");
      node.shutdown();
    } else {
      note(node, "crashes");
      node.crash();
    }
    world.after(
        Duration.ofMillis(random.nextInt(10_000)),
        () -> {
          note(node, "starts");
          node.restart();
        });
  }

  /**
   * The other instance of a pair takes over the address, with no state; and a while later the first
   * comes back, which has none either.
   */
  private void failOver(SimNode node) {
    int back = 500 + random.nextInt(20_000);
    for (int at : List.of(0, back)) {
      world.after(
          Duration.ofMillis(at),
          () -> {
            if (!node.isDown()) {
              note(node, "another instance takes over");
              node.crash();
              node.restart();
            }
          });
    }
  }

  private void addressChange() {
    if (nat == null) {
      return;
    }
    if (random.nextBoolean()) {
      note(left, "its NAT forgets the ports");
      nat.rebind();
    } else {
      note(left, "its NAT gets another address");
      world.network().move(nat, World.address("203.0.113." + (1 + addresses++ % 99)));
    }
  }
}
