package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.sim.World;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One host's TCP, cut down to what breaks: segments are lost and repeated, a host that has
 * forgotten a connection resets it, a FIN ends it. One segment is under way at a time.
 */
final class TcpStack implements BgpTransport {
  private static final long MILLISECOND = 1_000_000L;
  private static final long FIRST_REPEAT = 200 * MILLISECOND;
  private static final long LAST_REPEAT = 2_000 * MILLISECOND;
  private static final long LINGER = 2_000 * MILLISECOND;
  private static final int HEADER = 14;

  private static final byte SYN = 1;
  private static final byte ACK = 2;
  private static final byte DATA = 3;
  private static final byte FIN = 4;
  private static final byte RST = 5;

  /** Where segments go. */
  interface Wire {
    void transmit(InetAddress local, InetAddress remote, byte[] inner);
  }

  private record Segment(byte flag, byte[] data) {}

  private final class Connection {
    final long id;
    final long key;
    final InetAddress local;
    final InetAddress remote;
    final Deque<Segment> out = new ArrayDeque<>();
    int sent;
    int expected;
    long repeat = FIRST_REPEAT;
    int timer;
    boolean hungUp;

    Connection(long id, long key, InetAddress local, InetAddress remote) {
      this.id = id;
      this.key = key;
      this.local = local;
      this.remote = remote;
    }

    void add(byte flag, byte[] data) {
      out.add(new Segment(flag, data));
      if (out.size() == 1) {
        head();
      }
    }

    private void head() {
      Segment segment = out.peek();
      if (segment == null || byKey.get(key) != this) {
        return;
      }
      int mine = ++timer;
      wire.transmit(local, remote, inner(segment.flag(), key, sent, segment.data()));
      world.after(
          repeat,
          () -> {
            if (timer == mine && !gone) {
              repeat = Math.min(2 * repeat, LAST_REPEAT);
              head();
            }
          });
    }

    void acknowledged(int number) {
      Segment segment = out.peek();
      if (segment == null || number != sent + 1) {
        return;
      }
      out.remove();
      sent++;
      timer++;
      repeat = FIRST_REPEAT;
      if (segment.flag() == FIN) {
        forget(this);
      } else if (segment.flag() == SYN && !hungUp) {
        listener.connected(id);
      }
      head();
    }

    void arrived(byte flag, int number, byte[] data) {
      Segment head = out.peek();
      if (head != null && head.flag() == SYN) {
        acknowledged(1); // who sends has taken the connection
      }
      boolean next = number == expected;
      if (next) {
        expected++;
      }
      wire.transmit(local, remote, inner(ACK, key, expected, NOTHING));
      if (next && flag == FIN) {
        end("closed by the peer");
      } else if (next && !hungUp) {
        listener.received(id, data);
      }
    }

    void end(String why) {
      forget(this);
      if (!hungUp) {
        listener.closed(id, why);
      }
    }
  }

  private static final byte[] NOTHING = {};

  private final World world;
  private final Listener listener;
  private final Wire wire;
  private final Keys keys;
  private final Map<Long, Connection> byKey = new HashMap<>();
  private final Map<Long, Connection> byId = new HashMap<>();
  private long accepted;
  private boolean gone;

  /** Names connections, all of a world. */
  static final class Keys {
    private long last;

    long next() {
      return ++last;
    }
  }

  TcpStack(World world, Listener listener, Wire wire, Keys keys) {
    this.world = world;
    this.listener = listener;
    this.wire = wire;
    this.keys = keys;
  }

  private static byte[] inner(byte flag, long key, int number, byte[] data) {
    return ByteBuffer.allocate(HEADER + data.length)
        .put(Inner.TCP)
        .put(flag)
        .putLong(key)
        .putInt(number)
        .put(data)
        .array();
  }

  // --- from BGP ---------------------------------------------------------------------------------

  @Override
  public void dial(BgpAction.Dial dial) {
    Connection connection =
        new Connection(dial.connection(), keys.next(), dial.local(), dial.remote());
    add(connection);
    connection.add(SYN, NOTHING);
  }

  @Override
  public void send(long id, byte[] bytes) {
    Connection connection = byId.get(id);
    if (connection != null && !connection.hungUp) {
      connection.add(DATA, bytes);
    }
  }

  @Override
  public void hangUp(long id) {
    Connection connection = byId.remove(id);
    if (connection == null) {
      return;
    }
    connection.hungUp = true;
    Segment head = connection.out.peek();
    if (head != null && head.flag() == SYN) {
      forget(connection);
      return;
    }
    connection.add(FIN, NOTHING);
    world.after(LINGER, () -> forget(connection));
  }

  @Override
  public boolean quiet() {
    return true;
  }

  /** The machine is gone, and its connections with it. */
  @Override
  public void close() {
    gone = true;
    byKey.clear();
    byId.clear();
  }

  /** Every connection is reset: both ends learn of it, the other one if the segment arrives. */
  void resetAll() {
    for (Connection connection : connections()) {
      wire.transmit(connection.local, connection.remote, inner(RST, connection.key, 0, NOTHING));
      connection.end("reset");
    }
  }

  /** Every connection is forgotten here, and the other end is not told. */
  void breakAll() {
    connections().forEach(connection -> connection.end("broken"));
  }

  private List<Connection> connections() {
    return new ArrayList<>(byKey.values());
  }

  /** The other end of a connection. */
  @Nullable InetAddress remote(long id) {
    Connection connection = byId.get(id);
    return connection == null ? null : connection.remote;
  }

  int size() {
    return byKey.size();
  }

  /** Whether something was not acknowledged yet. */
  boolean isUnderWay() {
    for (Connection connection : byKey.values()) {
      if (!connection.out.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void add(Connection connection) {
    byKey.put(connection.key, connection);
    byId.put(connection.id, connection);
  }

  private void forget(Connection connection) {
    connection.timer++;
    connection.out.clear();
    byKey.remove(connection.key, connection);
    byId.remove(connection.id, connection);
  }

  // --- from the wire ----------------------------------------------------------------------------

  /**
   * @param local ours
   */
  void arrive(InetAddress local, InetAddress remote, byte[] inner) {
    ByteBuffer in = ByteBuffer.wrap(inner, 1, inner.length - 1);
    byte flag = in.get();
    long key = in.getLong();
    int number = in.getInt();
    byte[] data = new byte[in.remaining()];
    in.get(data);
    Connection connection = byKey.get(key);
    if (flag == SYN) {
      accept(connection, key, local, remote);
    } else if (connection == null) {
      if (flag == DATA || flag == FIN) {
        wire.transmit(local, remote, inner(RST, key, 0, NOTHING));
      }
    } else {
      switch (flag) {
        case ACK -> connection.acknowledged(number);
        case RST -> connection.end("reset by peer");
        default -> connection.arrived(flag, number, data);
      }
    }
  }

  private void accept(@Nullable Connection known, long key, InetAddress local, InetAddress remote) {
    if (known == null) {
      Connection connection = new Connection(--accepted, key, local, remote);
      connection.expected = 1;
      add(connection);
      listener.accepted(connection.id, local, remote);
    }
    wire.transmit(local, remote, inner(ACK, key, 1, NOTHING));
  }
}
