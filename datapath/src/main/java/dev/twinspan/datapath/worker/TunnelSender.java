package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.ffi.linux.Errno;
import org.jspecify.annotations.Nullable;

/**
 * The sending end of one tunnel: what waits to be encrypted with its SA, and the sends it leaves
 * by. Owned by the worker of LAN → WAN; lives as long as the worker, whatever the snapshots.
 */
final class TunnelSender {
  /** So often a run is refused that could go by itself, before none is tried any more. */
  private static final int REFUSALS = 3;

  private final EncapBatch batch = new EncapBatch();
  private final TrafficCounters total;
  private final TunnelCounters counters;
  private TunnelPath path;
  private Wan wan;
  private Wan.Destination destination;
  private OutboundSa[] choices;

  /** What waits is to be encrypted with; among several, the one chosen last. */
  private @Nullable OutboundSa sa;

  private @Nullable PacketTap tap;

  /** Runs in a row that were refused while their first datagram by itself was not. */
  private int refusedRuns;

  /** What is sent now is no traffic of anybody's. */
  private boolean probing;

  TunnelSender(TunnelPath path, Wan wan, TunnelCounters counters, TrafficCounters total) {
    this.path = path;
    this.wan = wan;
    this.counters = counters;
    this.total = total;
    sa = path.outbound();
    choices = path.sending().toArray(OutboundSa[]::new);
    destination = wan.newDestination();
    destination.address(path.local(), path.remote());
  }

  /** Takes up the tunnel of a new snapshot; nothing may be waiting. */
  void update(TunnelPath next, Wan nextWan) {
    if (nextWan != wan) {
      destination = nextWan.newDestination();
      destination.address(next.local(), next.remote());
    } else if (!next.remote().equals(path.remote()) || !next.local().equals(path.local())) {
      destination.address(next.local(), next.remote());
    }
    wan = nextWan;
    path = next;
    sa = next.outbound();
    choices = next.sending().toArray(OutboundSa[]::new);
  }

  /** The tunnel is in no snapshot any more. */
  void retire() {
    sa = null;
    choices = new OutboundSa[0];
  }

  void tap(@Nullable PacketTap next) {
    tap = next;
  }

  TunnelPath path() {
    return path;
  }

  boolean hasSa() {
    return sa != null;
  }

  /**
   * Chooses the SA for a packet: the first that was negotiated for it, RFC 4301 section 5.1. What
   * waits for another one is sent first. Allocates nothing.
   *
   * @return false when there is none: what was not negotiated does not leave
   */
  boolean choose(PacketView packet, long now) {
    for (OutboundSa choice : choices) {
      if (permits(choice, packet)) {
        if (choice != sa) {
          flush(now);
          sa = choice;
        }
        return true;
      }
    }
    return false;
  }

  private static boolean permits(OutboundSa choice, PacketView packet) {
    return choice
            .localSelectors()
            .matches(
                packet.ipv6(),
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.protocol(),
                packet.sourcePort())
        && choice
            .remoteSelectors()
            .matches(
                packet.ipv6(),
                packet.destinationHigh(),
                packet.destinationLow(),
                packet.protocol(),
                packet.destinationPort());
  }

  /** Counts a packet that was on its way into this tunnel. */
  void drop(DropReason reason, long packets) {
    total.dropped(reason, packets);
    counters.out().dropped(reason, packets);
    if (sa != null) {
      sa.counters().dropped(reason, packets);
    }
  }

  /** Counts a congestion mark on a packet that is on its way into this tunnel. */
  void mark() {
    total.mark();
    counters.out().mark();
  }

  /** Whether something waits for {@link #flush}. */
  boolean waiting() {
    return !batch.isEmpty();
  }

  /**
   * Queues one packet or super-packet; parameters as in {@link EncapBatch#add}.
   *
   * @return whether it was taken; when not it is counted
   */
  boolean add(
      long in,
      int packetLength,
      int gsoSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int flags,
      int outerTos,
      long now) {
    OutboundSa with = sa;
    if (with == null) {
      drop(DropReason.NO_OUTBOUND_SA, 1);
      return false;
    }
    long espBytes =
        EncapBatch.espLength(with.parameters().transform(), packetLength, headerLength, gsoSize);
    int segments = EncapBatch.segments(packetLength, headerLength, gsoSize);
    if (espBytes > EncapBatch.OUT_BYTES) {
      drop(DropReason.LAN_MALFORMED, segments);
      return false;
    }
    if (!batch.hasRoom((int) espBytes)) {
      flush(now);
    }
    // Counted as TrafficCounters does: each segment has its own headers.
    long innerBytes = packetLength + (long) (segments - 1) * headerLength;
    long sequence = with.take(segments, innerBytes);
    if (sequence < 0) {
      drop(
          sequence == OutboundSa.NO_BYTES
              ? DropReason.BYTES_EXHAUSTED
              : DropReason.SEQUENCE_EXHAUSTED,
          segments);
      return false;
    }
    batch.add(
        in,
        packetLength,
        gsoSize,
        headerLength,
        checksumStart,
        checksumOffset,
        flags,
        sequence,
        segments,
        (int) espBytes,
        outerTos);
    return true;
  }

  /** Encrypts and sends what waits, a probe of ours: it counts for the SA alone. */
  void flushProbe(long now) {
    probing = true;
    flush(now);
    probing = false;
  }

  /** Encrypts and sends what waits. */
  void flush(long now) {
    OutboundSa with = sa;
    if (batch.isEmpty() || with == null) {
      return;
    }
    batch.encapsulate(with.encryptor());
    with.counters().batch();
    counters.out().batch();
    total.batch();
    int i = 0;
    while (i < batch.entries()) {
      if (batch.done(i)) {
        i = sendRun(i, now);
      } else {
        drop(DropReason.ENCRYPT_FAILED, batch.packets(i));
        i++;
      }
    }
    batch.clear();
  }

  /**
   * Sends entry {@code first} and those behind it that can leave in the same send: same TOS, same
   * size of packets, only the very last shorter.
   *
   * @return the entry behind the run
   */
  private int sendRun(int first, long now) {
    int stride = batch.stride(first);
    int packets = batch.packets(first);
    int last = batch.lastLength(first);
    long bytes = batch.bytes(first);
    int next = first + 1;
    while (next < batch.entries()
        && last == stride
        && batch.done(next)
        && batch.tos(next) == batch.tos(first)
        && (batch.packets(next) == 1 ? batch.stride(next) <= stride : batch.stride(next) == stride)
        && packets + batch.packets(next) <= Wan.MAX_SEGMENTS
        && batch.offset(next + 1) - batch.offset(first) <= Wan.MAX_SEND) {
      packets += batch.packets(next);
      bytes += batch.bytes(next);
      last = batch.lastLength(next);
      next++;
    }
    sendPieces(
        batch.offset(first), batch.offset(next), stride, packets, bytes, batch.tos(first), now);
    return next;
  }

  /**
   * A run larger than one send takes goes in several. EIO means that an interface on the way cannot
   * do the checksums of a segmented send (udp_send_skb before Linux 6.11; with IPsec of the
   * kernel's own on the way still) and nothing was sent: then, and from now on, each datagram goes
   * by itself. So it does when a run is refused for another reason that its datagrams are not
   * refused for, as by a firewall that drops long packets: what was refused goes one by one, and
   * after {@value #REFUSALS} such runs all does.
   */
  private void sendPieces(
      int from, int to, int stride, int packets, long bytes, int tos, long now) {
    int runs = wan.segmentation() ? Wan.most(stride) : 1;
    int most = runs;
    int at = from;
    int left = packets;
    long bytesLeft = bytes;
    int suspicion = 0;
    boolean tried = false;
    while (left > 0) {
      int n = Wan.next(left, most);
      int end = n == left ? to : at + n * stride;
      int result = wan.send(batch.out(), at, end - at, n > 1 ? stride : 0, tos, destination);
      if (n > 1 && !tried && mayBeTheRun(result)) {
        suspicion = -result;
        tried = true;
        most = 1;
        continue;
      }
      if (suspicion != 0) {
        if (result >= 0) {
          refused(suspicion);
        } else {
          most = runs; // it is not the run
        }
        suspicion = 0;
      } else if (n > 1 && result >= 0) {
        refusedRuns = 0;
      }
      PacketTap copyTo = tap;
      if (copyTo != null && result >= 0) {
        boolean udp = wan.kind() == Wan.Kind.ESP_IN_UDP;
        copyTo.sent(path, udp, tos, batch.out(), at, end, stride, now);
      }
      long share = n == left ? bytesLeft : bytes * n / packets;
      sent(result, n, share, now);
      at = end;
      left -= n;
      bytesLeft -= share;
    }
  }

  private static boolean mayBeTheRun(int result) {
    return result == -Errno.EIO
        || result == -Errno.EINVAL
        || result == -Errno.EPERM
        || result == -Errno.EOPNOTSUPP;
  }

  /** A run was refused, and its first datagram was not. */
  private void refused(int errno) {
    refusedRuns++;
    if (errno == Errno.EIO || refusedRuns == REFUSALS) {
      wan.disableSegmentation(
          "an interface towards %s refused a segmented send: %s"
              .formatted(path.remote(), Errno.describe(errno)));
    }
  }

  private void sent(int result, int packets, long bytes, long now) {
    if (result >= 0) {
      if (!probing) {
        total.passed(packets, bytes, now);
        counters.out().passed(packets, bytes, now);
      }
      if (sa != null) {
        sa.counters().passed(packets, bytes, now);
      }
      return;
    }
    boolean full = result == -Errno.EAGAIN || result == -Errno.ENOBUFS;
    counters.sendFailed(-result); // before the count: who sees the count finds the reason
    drop(full ? DropReason.SEND_QUEUE_FULL : DropReason.SEND_FAILED, packets);
    counters.out().stirred(now);
  }
}
