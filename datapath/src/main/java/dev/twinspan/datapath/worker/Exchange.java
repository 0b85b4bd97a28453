package dev.twinspan.datapath.worker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One loop's place among the loops of one direction: which tunnels are its own, and the ways to and
 * from the others, one for each pair.
 *
 * <p>A tunnel has one owner for each direction, for as long as the datapath lives: sequence numbers
 * and replay windows have one writer, and packets of one flow stay in order. The kernel brings most
 * packets to the owner at once; what comes to another loop is handed over.
 */
public final class Exchange {
  /** The only loop there is. */
  public static final Exchange ALONE = new Exchange(0, 1, 0);

  private final int self;
  private final int loops;
  private final int first;
  private final @Nullable HandOff[] to;
  private final @Nullable HandOff[] from;

  private Exchange(int self, int loops, int first) {
    this.self = self;
    this.loops = loops;
    this.first = first;
    to = new HandOff[loops];
    from = new HandOff[loops];
  }

  /**
   * The places of all loops.
   *
   * @param first the owner of tunnel 0
   */
  public static List<Exchange> among(int loops, int first) {
    List<Exchange> all = new ArrayList<>();
    for (int i = 0; i < loops; i++) {
      all.add(new Exchange(i, loops, first));
    }
    for (Exchange a : all) {
      for (Exchange b : all) {
        if (a != b) {
          HandOff way = new HandOff();
          a.to[b.self] = way;
          b.from[a.self] = way;
        }
      }
    }
    return all;
  }

  /**
   * Says how each loop is woken. Before any runs.
   *
   * @param wakes index = loop
   */
  public static void wakes(List<Exchange> all, List<Runnable> wakes) {
    for (Exchange producer : all) {
      for (int consumer = 0; consumer < all.size(); consumer++) {
        HandOff way = producer.to[consumer];
        if (way != null) {
          way.wakes(wakes.get(consumer), wakes.get(producer.self));
        }
      }
    }
  }

  /** Which loop owns that tunnel. */
  public int owner(int tunnel) {
    return (tunnel + first) % loops;
  }

  boolean owns(int tunnel) {
    return loops == 1 || owner(tunnel) == self;
  }

  int loops() {
    return loops;
  }

  /** The way to the owner of a tunnel that is not our own. */
  HandOff to(int tunnel) {
    HandOff way = to[owner(tunnel)];
    if (way == null) {
      throw new IllegalArgumentException("tunnel " + tunnel + " is our own");
    }
    return way;
  }

  /**
   * Whether each way to another loop takes that many packets of {@code bytes} together; when not,
   * we are woken once there is more room.
   */
  boolean hasRoom(int packets, int bytes) {
    for (HandOff way : to) {
      if (way != null && !way.hasRoom(packets, bytes)) {
        way.wake();
        if (!way.hasRoom(packets, bytes)) { // or it came in between
          return false;
        }
      }
    }
    return true;
  }

  /** The way from that loop; null: it is ourselves. */
  @Nullable HandOff from(int loop) {
    return from[loop];
  }
}
