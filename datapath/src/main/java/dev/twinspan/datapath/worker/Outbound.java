package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.Dscp;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.FlowMemory;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Ecn;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * LAN → WAN. Packets are read one behind the other into one buffer, each finds its tunnel and waits
 * there; when the LAN has no more, or enough lies in the buffer, each tunnel encrypts what waits in
 * one native call and sends it.
 *
 * <p>Run by one loop; one of several hands packets of tunnels that are not its own to their owner
 * ({@link Exchange}). Allocates nothing per packet.
 */
public final class Outbound implements Duty {
  /** A super-packet with its header. */
  private static final int MAX_READ = VnetHeader.LENGTH + 65535;

  /**
   * Enough in the buffer to encrypt and send: one super-packet, or small ones by the dozen. More
   * than the second-level cache holds with the output beside it would cost; twice as much brought
   * nothing.
   */
  private static final int ENOUGH = 32 << 10;

  private static final int BUFFER = ENOUGH + MAX_READ + Carrier.FRAGMENT_ROOM;

  /** The largest packet of our own. */
  private static final int PROBE = 2048;

  private static final int READS_PER_TURN = 64;

  /** A millisecond's work at most, so that the other direction gets its turn. */
  private static final int BATCHES_PER_TURN = 8;

  /** What read(2) on a queue says when its device is gone: it will not come back. */
  private static final int EBADFD = 77;

  private final Lan lan;
  private final Published published;
  private final FlowHash hash;
  private final LongSupplier clock;
  private final TrafficCounters total;
  private final FlowMemory flows;
  private final Exchange exchange;
  private final Carrier carrier;
  private final boolean ecn;
  private final Backlog backlog = new Backlog();
  private final MemorySegment buffer = Arena.global().allocate(BUFFER, 64);
  private final MemorySegment probe = Arena.global().allocate(PROBE, 8);
  private final PacketView view = new PacketView();

  private Generation generation = Generation.EMPTY;
  private @Nullable TunnelSender[] senders = {};
  private @Nullable PacketTap tap;
  private int position;
  private long now;

  /** A packet that is read and waits for room on the way to its owner: where, and its bytes. */
  private int heldAt;

  private int held;

  /** The only loop there is. */
  public Outbound(
      Lan lan,
      Published published,
      Dscp dscp,
      boolean ecn,
      FlowHash hash,
      LongSupplier clock,
      TrafficCounters total) {
    this(lan, published, dscp, ecn, hash, new FlowMemory(), Exchange.ALONE, clock, total);
  }

  /**
   * @param hash the same for all loops, and so {@code flows}
   * @param clock nanoseconds, monotonic
   */
  public Outbound(
      Lan lan,
      Published published,
      Dscp dscp,
      boolean ecn,
      FlowHash hash,
      FlowMemory flows,
      Exchange exchange,
      LongSupplier clock,
      TrafficCounters total) {
    this.lan = lan;
    this.published = published;
    this.hash = hash;
    this.flows = flows;
    this.exchange = exchange;
    this.clock = clock;
    this.total = total;
    carrier = new Carrier(lan, view, dscp, ecn, clock.getAsLong());
    this.ecn = ecn;
  }

  /** Packets are copied there from now on; null: nowhere. On the loop. */
  public void tap(@Nullable PacketTap next) {
    tap = next;
    carrier.tap(next);
    for (TunnelSender sender : senders) {
      if (sender != null) {
        sender.tap(next);
      }
    }
  }

  /** Takes up the latest generation. Called between batches, and once after each publish. */
  public void adopt() {
    Generation next = published.get();
    if (next == generation) {
      return;
    }
    int known = Math.max(senders.length, next.tunnels().size());
    @Nullable TunnelSender[] updated = Arrays.copyOf(senders, known);
    for (int id = 0; id < known; id++) {
      TunnelSender sender = updated[id];
      if (!exchange.owns(id)) {
        continue;
      }
      if (id >= next.tunnels().size()) {
        if (sender != null) {
          sender.retire();
        }
      } else if (sender != null) {
        sender.update(next.tunnels().get(id), next.wans().get(id));
      } else {
        TunnelSender fresh =
            new TunnelSender(
                next.tunnels().get(id), next.wans().get(id), next.counters().get(id), total);
        fresh.tap(tap);
        updated[id] = fresh;
      }
    }
    senders = updated;
    generation = next;
  }

  @Override
  public boolean turn() {
    adopt();
    now = clock.getAsLong();
    backlog.turn(now);
    boolean more = handedOver();
    if (held > 0 && !goOn()) {
      return more;
    }
    int batches = 0;
    for (int i = 0; i < READS_PER_TURN && batches < BATCHES_PER_TURN; i++) {
      int n = lan.read(buffer, position, MAX_READ);
      if (n < 0) {
        backlog.empty();
        flush();
        if (n == -EBADFD) {
          throw new IllegalStateException("the TUN device was removed: read(2) says EBADFD");
        }
        return more || n == -Errno.EINTR;
      }
      position += route(n);
      if (held > 0) {
        flush();
        return more;
      }
      if (position >= ENOUGH) {
        flush();
        batches++;
      }
    }
    flush();
    return true;
  }

  /** The packet that waited is routed once more: there may be another way by now. */
  private boolean goOn() {
    int n = held;
    held = 0;
    position = heldAt;
    position += route(n);
    flush();
    return held == 0;
  }

  /**
   * What other loops read of our tunnels, so that it leaves before what we read now.
   *
   * @return whether there is more
   */
  private boolean handedOver() {
    boolean more = false;
    for (int loop = 0; loop < exchange.loops(); loop++) {
      HandOff from = exchange.from(loop);
      if (from != null) {
        more |= handedOver(from);
      }
    }
    return more;
  }

  /** All that was handed over until now. On the loop, between two turns. */
  public void carryAllOver() {
    adopt();
    int turns = HandOff.SIZE / (ENOUGH * BATCHES_PER_TURN) + 1;
    do {
      now = clock.getAsLong();
    } while (handedOver() && --turns > 0);
  }

  private boolean handedOver(HandOff from) {
    int batches = 0;
    int waiting = 0;
    while (batches < BATCHES_PER_TURN && from.next()) {
      carryOver(from);
      waiting += from.length();
      if (waiting >= ENOUGH) {
        flushSenders();
        from.release();
        waiting = 0;
        batches++;
      }
    }
    flushSenders();
    from.release();
    return batches == BATCHES_PER_TURN;
  }

  private void carryOver(HandOff from) {
    TunnelSender sender = sender(from.key());
    if (sender == null) { // of a generation that we have not taken up yet, or have no more
      flushSenders();
      adopt();
      sender = sender(from.key());
    }
    long header = from.position();
    MemorySegment packets = from.packets();
    if (sender == null) {
      total.dropped(DropReason.NO_TUNNEL, 1);
    } else if (view.parse(packets, header + VnetHeader.LENGTH, from.length() - VnetHeader.LENGTH)) {
      carrier.carry(sender, packets, header, false, now);
    } else {
      total.dropped(DropReason.LAN_MALFORMED, 1);
    }
  }

  private @Nullable TunnelSender sender(int tunnel) {
    return tunnel >= 0 && tunnel < senders.length ? senders[tunnel] : null;
  }

  /**
   * Sends a packet of our own by a tunnel, whatever the routes say; without an SA for it nothing is
   * sent. On the loop, between two turns.
   */
  public void probe(int tunnel, byte[] inner) {
    adopt();
    now = clock.getAsLong();
    TunnelSender sender = sender(tunnel);
    MemorySegment.copy(inner, 0, probe, ValueLayout.JAVA_BYTE, 0, inner.length);
    if (sender != null
        && view.parse(probe, 0, inner.length)
        && sender.hasSa()
        && sender.choose(view, now)
        && sender.add(probe.address(), inner.length, 0, 0, 0, 0, 0, 0, now)) {
      sender.flushProbe(now);
    }
  }

  private void flush() {
    flushSenders();
    position = 0;
  }

  private void flushSenders() {
    for (TunnelSender sender : senders) {
      if (sender != null && sender.waiting()) {
        sender.flush(now);
      }
    }
  }

  /**
   * One packet, read at {@link #position}.
   *
   * @return how many bytes of the buffer it occupies until the next flush
   */
  private int route(int n) {
    long header = position;
    long packet = header + VnetHeader.LENGTH;
    if (n < VnetHeader.LENGTH || !view.parse(buffer, packet, n - VnetHeader.LENGTH)) {
      total.dropped(DropReason.LAN_MALFORMED, 1);
      return 0;
    }
    EcmpGroup group =
        generation.routes().lookup(view.ipv6(), view.destinationHigh(), view.destinationLow());
    if (group == null) {
      total.dropped(DropReason.NO_ROUTE, 1);
      return 0;
    }
    int tunnel = flows.choose(group, hash.hash(view), buffer, packet, view, now);
    if (tunnel >= 0 && !exchange.owns(tunnel)) {
      handOver(tunnel, n);
      return 0;
    }
    TunnelSender sender = sender(tunnel);
    if (sender == null) {
      total.dropped(DropReason.NO_TUNNEL, 1);
      return 0;
    }
    markIfBehind(sender, packet);
    return carrier.carry(sender, buffer, header, true, now);
  }

  /** Congestion of our own, told as a router tells it: RFC 3168 section 5. */
  private void markIfBehind(TunnelSender sender, long packet) {
    int codepoint = view.tos() & 3;
    if (ecn
        && (codepoint == Ecn.ECT_0 || codepoint == Ecn.ECT_1)
        && sender.hasSa()
        && backlog.marks(now)) {
      Ecn.set(buffer, packet, view.ipv6(), Ecn.CE);
      view.marked();
      sender.mark();
    }
  }

  /** To the loop that owns the tunnel. While there is no room nothing more is read. */
  private void handOver(int tunnel, int n) {
    HandOff to = exchange.to(tunnel);
    if (to.offer(tunnel, buffer, position, n)) {
      return;
    }
    to.wake();
    if (!to.offer(tunnel, buffer, position, n)) {
      heldAt = position;
      held = n;
    }
  }
}
