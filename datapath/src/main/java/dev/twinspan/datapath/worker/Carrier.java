package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.Dscp;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.Ip4Fragmenter;
import dev.twinspan.datapath.packet.MssClamp;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.crypto.EncapVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a packet that has its tunnel: it is cut, clamped, refused or left as it is, and
 * waits with its sender. Owned by one worker of LAN → WAN. Allocates nothing per packet.
 */
final class Carrier {
  /** Room for the fragments of one packet: at MTU 576 each 552 bytes bring 24 more. */
  static final int FRAGMENT_ROOM = 72 << 10;

  private final PacketView view;
  private final int copiedTos;
  private final int fixedTos;
  private final TooBigReply tooBig;
  private @Nullable PacketTap tap;
  private @Nullable MemorySegment fragments;

  private MemorySegment buffer = MemorySegment.NULL;
  private long address;
  private long now;

  /**
   * @param view of the packet that is carried
   */
  Carrier(Lan lan, PacketView view, Dscp dscp, boolean ecn, long now) {
    this.view = view;
    copiedTos = (dscp instanceof Dscp.Copy ? 0xFC : 0) | (ecn ? 3 : 0);
    fixedTos = dscp instanceof Dscp.Fixed fixed ? fixed.codepoint() << 2 : 0;
    tooBig = new TooBigReply(lan, now);
  }

  void tap(@Nullable PacketTap next) {
    tap = next;
  }

  /**
   * Carries the packet that {@code view} has parsed.
   *
   * @param in where it lies, behind its virtio_net_hdr, until the sender is flushed
   * @param header of the virtio_net_hdr
   * @param ours whether there is {@link #FRAGMENT_ROOM} behind the packet
   * @return how many bytes it occupies until then, fragments included
   */
  int carry(TunnelSender sender, MemorySegment in, long header, boolean ours, long nanos) {
    if (!sender.hasSa()) {
      sender.drop(DropReason.NO_OUTBOUND_SA, 1);
      return 0;
    }
    if (!sender.choose(view, nanos)) {
      sender.drop(DropReason.OUTBOUND_POLICY, 1);
      return 0;
    }
    buffer = in;
    address = in.address();
    now = nanos;
    long packet = header + VnetHeader.LENGTH;
    return VnetHeader.gsoType(buffer, header) == VnetHeader.GSO_NONE
        ? single(sender, header, packet, ours)
        : superPacket(sender, header, packet);
  }

  private int single(TunnelSender sender, long header, long packet, boolean ours) {
    TunnelPath path = sender.path();
    boolean partial = (VnetHeader.flags(buffer, header) & VnetHeader.NEEDS_CSUM) != 0;
    int start = partial ? VnetHeader.checksumStart(buffer, header) : 0;
    int offset = partial ? VnetHeader.checksumOffset(buffer, header) : 0;
    if (partial && (start < PacketView.IPV4_HEADER || start + offset + 2 > view.length())) {
      sender.drop(DropReason.LAN_MALFORMED, 1);
      return 0;
    }
    if (view.length() > path.mtu()) {
      return tooLong(sender, packet, partial, start, offset, ours);
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
      TunnelSender sender,
      long packet,
      boolean partial,
      int checksumStart,
      int checksumOffset,
      boolean ours) {
    if (view.dontFragment()) {
      refuse(sender, packet, 1);
      return 0;
    }
    if (partial) {
      completeChecksum(packet, checksumStart, checksumOffset);
    }
    return ours ? fragment(sender, packet) : fragmentElsewhere(sender, packet);
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

  /** Behind a packet that another loop read lie others. */
  private int fragmentElsewhere(TunnelSender sender, long packet) {
    MemorySegment room = fragments;
    if (room == null) {
      room = Arena.ofAuto().allocate((64 << 10) + FRAGMENT_ROOM, 64);
      fragments = room;
    }
    MemorySegment.copy(buffer, packet, room, 0, view.length());
    buffer = room;
    address = room.address();
    fragment(sender, 0);
    sender.flush(now);
    return 0;
  }

  /** The fragments are laid behind the packet; the bytes of both. */
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
    return (int) (out - packet) + VnetHeader.LENGTH;
  }
}
