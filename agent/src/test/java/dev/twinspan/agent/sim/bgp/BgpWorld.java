package dev.twinspan.agent.sim.bgp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Virtual time, two speakers and the TCP between them. One thread, no clock, no sleep. */
final class BgpWorld {
  static final long SECOND = 1_000_000_000L;

  private static final int TRACE = 80;

  private record Event(long at, long order, Runnable what) {}

  /** One direction of a connection: in order and whole, or not at all. */
  private static final class Direction {
    final BgpNode to;
    long id;
    boolean closed;

    /** Bytes, {@link #UP} or {@link #END}. */
    final Deque<byte[]> queue = new ArrayDeque<>();

    Direction(BgpNode to, long id) {
      this.to = to;
      this.id = id;
    }
  }

  /** The connection is there, for who dialled it. */
  private static final byte[] UP = new byte[0];

  /** The end of the stream. */
  private static final byte[] END = new byte[0];

  private record Link(Direction forth, Direction back) {
    Direction to(BgpNode node) {
      return forth.to == node ? forth : back;
    }

    Direction from(BgpNode node) {
      return forth.to == node ? back : forth;
    }
  }

  private record Attempt(BgpNode from, int life, long connection) {}

  private final Random random;
  private final Set<Attempt> cancelled = new HashSet<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private final List<Link> links = new ArrayList<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private long now = SECOND;
  private long order;
  private long accepted;
  private boolean cut;
  private long slowest = 20_000_000;

  BgpWorld(long seed) {
    this.random = new Random(seed);
  }

  long now() {
    return now;
  }

  Random random() {
    return random;
  }

  void after(long delay, Runnable what) {
    events.add(new Event(now + delay, order++, what));
  }

  void run(long nanos) {
    long end = now + nanos;
    while (!events.isEmpty() && events.peek().at() <= end) {
      Event event = events.remove();
      now = Math.max(now, event.at());
      event.what().run();
    }
    now = end;
  }

  void cut(boolean broken) {
    note("network " + (broken ? "cut" : "heals"));
    cut = broken;
  }

  void slowest(long nanos) {
    slowest = nanos;
  }

  private long delay() {
    return 1_000_000 + random.nextLong(slowest);
  }

  void note(String what) {
    trace.add("%.3f %s".formatted(now / 1e9, what));
    if (trace.size() > TRACE) {
      trace.remove();
    }
  }

  String trace() {
    return String.join("\n", trace);
  }

  // --- TCP --------------------------------------------------------------------------------------

  void dial(BgpNode from, BgpNode to, long connection) {
    after(delay(), () -> syn(from, to, connection, from.life()));
  }

  private void syn(BgpNode from, BgpNode to, long connection, int life) {
    if (from.life() != life || cancelled.remove(new Attempt(from, life, connection))) {
      return;
    }
    if (cut) {
      after(SECOND, () -> syn(from, to, connection, life));
    } else if (!to.alive()) {
      after(delay(), () -> from.closed(connection, "refused", life));
    } else {
      Direction back = new Direction(from, connection);
      Direction forth = new Direction(to, --accepted);
      Link link = new Link(forth, back);
      links.add(link);
      push(link, back, UP);
      to.accepted(forth.id);
    }
  }

  void send(BgpNode from, long connection, byte[] bytes) {
    Link link = link(from, connection);
    if (link != null && !link.to(from).closed) {
      // As TCP does: cut anywhere.
      int at = random.nextInt(bytes.length + 1);
      push(link, link.from(from), Arrays.copyOf(bytes, at));
      push(link, link.from(from), Arrays.copyOfRange(bytes, at, bytes.length));
    }
  }

  void close(BgpNode from, long connection) {
    Link link = link(from, connection);
    if (link != null && !link.to(from).closed) {
      link.to(from).closed = true;
      push(link, link.from(from), END);
    } else if (link == null && connection > 0) {
      cancelled.add(new Attempt(from, from.life(), connection));
    }
  }

  /** A connection breaks, and of the two ends none, one or both learn of it. */
  void breakOne() {
    if (!links.isEmpty()) {
      Link link = links.get(random.nextInt(links.size()));
      note("a connection breaks");
      for (Direction direction : List.of(link.forth(), link.back())) {
        if (random.nextBoolean()) {
          reset(direction, "reset");
        }
        direction.queue.clear();
      }
    }
  }

  /** All the connections of a node that is no more. */
  void forget(BgpNode node) {
    links.forEach(link -> link.to(node).closed = true);
  }

  private void push(Link link, Direction direction, byte[] bytes) {
    if (bytes.length > 0 || bytes == UP || bytes == END) {
      direction.queue.add(bytes);
      after(delay(), () -> arrive(link, direction));
    }
  }

  private void arrive(Link link, Direction direction) {
    if (direction.queue.isEmpty()) {
      return;
    }
    if (cut) {
      after(SECOND, () -> arrive(link, direction));
      return;
    }
    byte[] bytes = direction.queue.remove();
    if (direction.closed || !direction.to.alive()) {
      // Nobody there: the sender's kernel hears it.
      reset(link.to(other(link, direction.to)), "reset by peer");
    } else if (bytes == END) {
      reset(direction, "closed by the peer");
    } else if (bytes == UP) {
      direction.to.connected(direction.id);
    } else {
      direction.to.received(direction.id, bytes);
    }
  }

  private static BgpNode other(Link link, BgpNode node) {
    return link.forth().to == node ? link.back().to : link.forth().to;
  }

  private void reset(Direction direction, String why) {
    if (!direction.closed) {
      direction.closed = true;
      int life = direction.to.life();
      direction.to.closed(direction.id, why, life);
    }
  }

  private @Nullable Link link(BgpNode node, long connection) {
    for (Link link : links) {
      if (link.to(node).id == connection && link.to(node).to == node && !link.to(node).closed) {
        return link;
      }
    }
    return null;
  }
}
