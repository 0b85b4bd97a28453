package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpTransport;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A LAN of memory: TCP as the BGP core sees it. What is sent arrives when {@link #step} says so.
 */
final class LanWire {
  private final Map<InetAddress, End> ends = new HashMap<>();
  private final Deque<Runnable> inFlight = new ArrayDeque<>();

  /** One machine's. */
  BgpEdge end() {
    return new End();
  }

  /** Lets one thing arrive. Returns whether there was one. */
  boolean step() {
    Runnable next = inFlight.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  private record Far(End end, long connection) {}

  private final class End implements BgpEdge, BgpTransport {
    private Listener reports;
    private final Map<Long, Far> partner = new HashMap<>();
    private long accepted;

    @Override
    public void own(Set<InetAddress> local) {
      throw new AssertionError("the LAN's address is the operator's to set");
    }

    @Override
    public BgpTransport listen(Set<InetAddress> local, Listener to) {
      reports = to;
      ends.put(local.iterator().next(), this);
      return this;
    }

    @Override
    public BgpTransport dialOnly(Listener to) {
      throw new AssertionError("it can listen");
    }

    @Override
    public void dial(BgpAction.Dial dial) {
      inFlight.add(
          () -> {
            End far = ends.get(dial.remote());
            if (far == null) {
              reports.closed(dial.connection(), "nobody there");
              return;
            }
            long theirs = --far.accepted;
            partner.put(dial.connection(), new Far(far, theirs));
            far.partner.put(theirs, new Far(this, dial.connection()));
            far.reports.accepted(theirs, dial.remote(), dial.local());
            reports.connected(dial.connection());
          });
    }

    @Override
    public void send(long connection, byte[] bytes) {
      Far far = partner.get(connection);
      if (far != null) {
        inFlight.add(() -> far.end().reports.received(far.connection(), bytes));
      }
    }

    @Override
    public void hangUp(long connection) {
      Far far = partner.remove(connection);
      if (far != null) {
        inFlight.add(() -> far.end().reports.closed(far.connection(), "closed by the peer"));
      }
    }

    @Override
    public boolean quiet() {
      return true;
    }

    @Override
    public void close() {}
  }
}
