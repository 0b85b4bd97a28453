package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.Dscp;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.FlowMemory;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.Ip4Fragmenter;
import dev.twinspan.datapath.packet.MssClamp;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.crypto.EncapVector;
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
 * <p>Run by one loop. Allocates nothing per packet.
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

  /** Room for the fragments of one packet: at MTU 576 each 552 bytes bring 24 more. */
  private static final int FRAGMENT_ROOM = 72 << 10;

  private static final int BUFFER = ENOUGH + MAX_READ + FRAGMENT_ROOM;

  private static final int READS_PER_TURN = 64;

  /** A millisecond's work at most, so that the other direction gets its turn. */
  private static final int BATCHES_PER_TURN = 8;

  /** What read(2) on a queue says when its device is gone: it will not come back. */
  private static final int EBADFD = 77;

  private final Lan lan;
  private final Published published;
  private final int copiedTos;
  private final int fixedTos;
  private final FlowHash hash;
  private final LongSupplier clock;
  private final TrafficCounters total;
  private final TooBigReply tooBig;
  private final FlowMemory flows = new FlowMemory();
  private final MemorySegment buffer = Arena.global().allocate(BUFFER, 64);
  private final long address = buffer.address();
  private final PacketView view = new PacketView();

  private Generation generation = Generation.EMPTY;
  private @Nullable TunnelSender[] senders = {};
  private @Nullable PacketTap tap;
  private int position;
  private long now;

  /**
   * @param clock nanoseconds, monotonic
   */
  public Outbound(
      Lan lan,
      Published published,
      Dscp dscp,
      boolean ecn,
      FlowHash hash,
      LongSupplier clock,
      TrafficCounters total) {
    this.lan = lan;
    this.published = published;
    copiedTos = (dscp instanceof Dscp.Copy ? 0xFC : 0) | (ecn ? 3 : 0);
    fixedTos = dscp instanceof Dscp.Fixed fixed ? fixed.codepoint() << 2 : 0;
    this.hash = hash;
    this.clock = clock;
    this.total = total;
    tooBig = new TooBigReply(lan, clock.getAsLong());
  }

  /** Packets are copied there from now on; null: nowhere. On the loop. */
  public void tap(@Nullable PacketTap next) {
    tap = next;
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
    int batches = 0;
    for (int i = 0; i < READS_PER_TURN && batches < BATCHES_PER_TURN; i++) {
      int n = lan.read(buffer, position, MAX_READ);
      if (n < 0) {
        flush();
        if (n == -EBADFD) {
          throw new IllegalStateException("the TUN device was removed: read(2) says EBADFD");
        }
        return n == -Errno.EINTR;
      }
      position += route(n);
      if (position >= ENOUGH) {
        flush();
        batches++;
      }
    }
    flush();
    return true;
  }

  /**
   * Sends a packet of our own by a tunnel, whatever the routes say; without an SA for it nothing is
   * sent. On the loop, between two turns.
   */
  public void probe(int tunnel, byte[] inner) {
    adopt();
    now = clock.getAsLong();
    TunnelSender sender = tunnel < senders.length ? senders[tunnel] : null;
    MemorySegment.copy(inner, 0, buffer, ValueLayout.JAVA_BYTE, 0, inner.length);
    if (sender != null
        && view.parse(buffer, 0, inner.length)
        && sender.hasSa()
        && sender.choose(view, now)
        && sender.add(address, inner.length, 0, 0, 0, 0, 0, 0, now)) {
      sender.flushProbe(now);
    }
  }

  private void flush() {
    for (TunnelSender sender : senders) {
      if (sender != null && sender.waiting()) {
        sender.flush(now);
      }
    }
    position = 0;
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
    TunnelSender sender = tunnel >= 0 && tunnel < senders.length ? senders[tunnel] : null;
    if (sender == null) {
      total.dropped(DropReason.NO_TUNNEL, 1);
      return 0;
    }
    if (!sender.hasSa()) {
      sender.drop(DropReason.NO_OUTBOUND_SA, 1);
      return 0;
    }
    if (!sender.choose(view, now)) {
      sender.drop(DropReason.OUTBOUND_POLICY, 1);
      return 0;
    }
    return VnetHeader.gsoType(buffer, header) == VnetHeader.GSO_NONE
        ? single(sender, header, packet)
        : superPacket(sender, header, packet);
  }

  private int single(TunnelSender sender, long header, long packet) {
    TunnelPath path = sender.path();
    boolean partial = (VnetHeader.flags(buffer, header) & VnetHeader.NEEDS_CSUM) != 0;
    int start = partial ? VnetHeader.checksumStart(buffer, header) : 0;
    int offset = partial ? VnetHeader.checksumOffset(buffer, header) : 0;
    if (partial && (start < PacketView.IPV4_HEADER || start + offset + 2 > view.length())) {
      sender.drop(DropReason.LAN_MALFORMED, 1);
      return 0;
    }
    if (view.length() > path.mtu()) {
      return tooLong(sender, packet, partial, start, offset);
    }
    MssClamp.apply(buffer, packet, view, path.mss(), partial);
    int flags = partial ? EncapVector.FLAG_NEEDS_CHECKSUM : 0;
    boolean taken =
        sender.add(address + packet, view.length(), 0, 0, start, offset, flags, outerTos(), now);
    return taken(taken, sender, packet);
  }

  private int superPacket(TunnelSender sender, long header, long packet) {
    int gsoSize = VnetHeader.gsoSize(buffer, header);
    int type = VnetHeader.gsoType(buffer, header);
    boolean tcp = type == VnetHeader.GSO_TCPV4 || type == VnetHeader.GSO_TCPV6;
    int headerLength = view.l4() + (tcp ? view.tcpHeader() : PacketView.UDP_HEADER);
    int protocol = tcp ? PacketView.TCP : PacketView.UDP;
    if ((!tcp && type != VnetHeader.GSO_UDP_L4)
        || view.protocol() != protocol
        || (tcp && view.tcpHeader() == 0)
        || view.fragment()
        || gsoSize == 0
        || view.length() <= headerLength) {
      sender.drop(DropReason.LAN_MALFORMED, 1);
      return 0;
    }
    if (Math.min(view.length(), headerLength + gsoSize) > sender.path().mtu()) {
      refuse(sender, packet, EncapBatch.segments(view.length(), headerLength, gsoSize));
      return 0;
    }
    int flags =
        EncapVector.FLAG_NEEDS_CHECKSUM
            | (tcp ? EncapVector.FLAG_SEGMENT_TCP : EncapVector.FLAG_SEGMENT_UDP);
    int checksumOffset = tcp ? 16 : 6;
    boolean taken =
        sender.add(
            address + packet,
            view.length(),
            gsoSize,
            headerLength,
            view.l4(),
            checksumOffset,
            flags,
            outerTos(),
            now);
    return taken(taken, sender, packet);
  }

  private int taken(boolean taken, TunnelSender sender, long packet) {
    PacketTap copyTo = tap;
    if (taken && copyTo != null) {
      copyTo.inner(true, sender.path().id(), buffer, packet, view.length(), now);
    }
    return taken ? VnetHeader.LENGTH + view.length() : 0;
  }

  /** RFC 4301 section 5.1.2.1 and RFC 6040 section 4.1. */
  private int outerTos() {
    return view.tos() & copiedTos | fixedTos;
  }

  private int tooLong(
      TunnelSender sender, long packet, boolean partial, int checksumStart, int checksumOffset) {
    if (view.dontFragment()) {
      refuse(sender, packet, 1);
      return 0;
    }
    if (partial) {
      completeChecksum(packet, checksumStart, checksumOffset);
    }
    return fragment(sender, packet);
  }

  private void refuse(TunnelSender sender, long packet, int packets) {
    boolean told = tooBig.send(buffer, packet, view, sender.path().mtu(), now);
    sender.drop(told ? DropReason.PACKET_TOO_BIG : DropReason.PACKET_TOO_BIG_SILENT, packets);
  }

  /** The field holds the pseudo-header's sum; the fragments will not be completed by anyone. */
  private void completeChecksum(long packet, int start, int offset) {
    long sum = Checksum.sum(buffer, packet + start, view.length() - start, 0);
    int checksum = ~Checksum.fold(sum) & 0xFFFF;
    // RFC 768: an all-zero UDP checksum says there is none.
    Wire.u16(buffer, packet + start + offset, checksum == 0 ? 0xFFFF : checksum);
  }

  /** The fragments are laid behind the packet. */
  private int fragment(TunnelSender sender, long packet) {
    int header = (Wire.u8(buffer, packet) & 0xF) * 4;
    int mtu = sender.path().mtu();
    int tos = outerTos();
    int length = view.length();
    long out = packet + length;
    int step = Ip4Fragmenter.payloadPerFragment(header, mtu);
    for (int from = 0; from < length - header; from += step) {
      int size = Ip4Fragmenter.write(buffer, packet, header, length, from, mtu, buffer, out);
      if (sender.add(address + out, size, 0, 0, 0, 0, 0, tos, now)) {
        PacketTap copyTo = tap;
        if (copyTo != null) {
          copyTo.inner(true, sender.path().id(), buffer, out, size, now);
        }
        out += size;
      }
    }
    return (int) (out - position);
  }
}
