package dev.twinspan.datapath.offload;

import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One flow's segments on their way to becoming one super-packet, and the rules of what may join.
 *
 * <p>What may (linux: inet_gro_receive, ipv6_gro_receive, tcp_gro_receive, udp_gro_receive): plain
 * IP headers, alike in all that cutting will copy from the first; TCP with ACK and perhaps PSH, the
 * next sequence number, the same ACK, window and options; UDP datagrams; all of the first one's
 * size, the last may be shorter. PSH, a shorter one, and the limits end it.
 */
final class FlowSlot {
  /** UDP_MAX_SEGMENTS of kernels before 6.10; more bring nothing. */
  static final int MAX_SEGMENTS = 64;

  private static final int MAX_TOTAL = 65535;
  private static final int ACK = 0x10;
  private static final int PSH = 0x08;

  /** In the word of data offset, flags and window. */
  private static final int PSH_IN_WORD = PSH << 16;

  private final MemorySegment iovecs =
      Arena.global().allocate((long) MAX_SEGMENTS * Iovecs.SIZE, 16);

  private int count;
  private long first;
  private int headerLength;
  private int l4;
  private int segmentPayload;
  private int payload;
  private boolean closed;
  private boolean push;

  // The flow.
  private boolean ipv6;
  private int protocol;
  private int sourcePort;
  private int destinationPort;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;

  // What the next one must carry.
  private int ipWord;
  private int hops;
  private int ipId;
  private boolean dontFragment;
  private int sequence;
  private int acknowledgement;
  private int tcpWord;

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  /** Nothing more may join. */
  boolean closed() {
    return closed;
  }

  boolean isFlow(PacketView p) {
    return count > 0
        && sourcePort == p.sourcePort()
        && destinationPort == p.destinationPort()
        && protocol == p.protocol()
        && ipv6 == p.ipv6()
        && sourceLow == p.sourceLow()
        && destinationLow == p.destinationLow()
        && sourceHigh == p.sourceHigh()
        && destinationHigh == p.destinationHigh();
  }

  /** Whether a packet may be part of a super-packet at all. */
  static boolean joinable(MemorySegment s, long at, PacketView p) {
    if (p.l4() != (p.ipv6() ? PacketView.IPV6_HEADER : PacketView.IPV4_HEADER)) {
      return false; // options, extension headers
    }
    if (!p.ipv6() && Checksum.fold(Checksum.sum(s, at, PacketView.IPV4_HEADER, 0)) != 0xFFFF) {
      return false; // a rewritten header would hide the damage
    }
    long l4 = at + p.l4();
    int l4Length = p.length() - p.l4();
    if (p.protocol() == PacketView.TCP) {
      int flags = Wire.u8(s, l4 + 13);
      boolean plain = (flags & ~PSH) == ACK && (Wire.u8(s, l4 + 12) & 0xF) == 0;
      return plain && p.tcpHeader() > 0 && l4Length > p.tcpHeader();
    }
    return l4Length > PacketView.UDP_HEADER && Wire.u16(s, l4 + 4) == l4Length;
  }

  /** Begins with a {@link #joinable} packet. */
  void open(MemorySegment s, long at, PacketView p) {
    ipv6 = p.ipv6();
    protocol = p.protocol();
    sourcePort = p.sourcePort();
    destinationPort = p.destinationPort();
    sourceHigh = p.sourceHigh();
    sourceLow = p.sourceLow();
    destinationHigh = p.destinationHigh();
    destinationLow = p.destinationLow();
    first = at;
    l4 = p.l4();
    headerLength = headerLength(p);
    segmentPayload = p.length() - headerLength;
    payload = segmentPayload;
    count = 1;
    ipWord = ipWord(s, at);
    hops = hops(s, at);
    ipId = ipv6 ? 0 : Wire.u16(s, at + 4);
    dontFragment = p.dontFragment();
    if (protocol == PacketView.TCP) {
      sequence = Wire.u32(s, at + l4 + 4) + segmentPayload;
      acknowledgement = Wire.u32(s, at + l4 + 8);
      tcpWord = Wire.u32(s, at + l4 + 12);
      push = (tcpWord & PSH_IN_WORD) != 0;
    } else {
      push = false;
    }
    closed = push;
  }

  /** Appends a {@link #joinable} packet of this flow, or says that it does not fit. */
  boolean append(MemorySegment s, long at, PacketView p) {
    int size = p.length() - headerLength;
    if (headerLength(p) != headerLength
        || size > segmentPayload
        || count == MAX_SEGMENTS
        || headerLength + payload + size > MAX_TOTAL
        || ipWord(s, at) != ipWord
        || hops(s, at) != hops
        || !(ipv6 || idFits(s, at, p))
        || (protocol == PacketView.TCP && !tcpFits(s, at))) {
      return false;
    }
    Iovecs.set(iovecs, count, s.address() + at + headerLength, size);
    count++;
    payload += size;
    sequence += size;
    closed = push || size < segmentPayload || count == MAX_SEGMENTS;
    return true;
  }

  /** IDs grow by one as cutting will make them; where DF stands, a fixed one does no harm. */
  private boolean idFits(MemorySegment s, long at, PacketView p) {
    int id = Wire.u16(s, at + 4);
    return p.dontFragment() == dontFragment
        && (id == (ipId + count & 0xFFFF) || (dontFragment && id == ipId));
  }

  private boolean tcpFits(MemorySegment s, long at) {
    long tcp = at + l4;
    int word = Wire.u32(s, tcp + 12);
    if (Wire.u32(s, tcp + 4) != sequence
        || Wire.u32(s, tcp + 8) != acknowledgement
        || ((word ^ tcpWord) & ~PSH_IN_WORD) != 0
        || !sameOptions(s, tcp)) {
      return false;
    }
    push = (word & PSH_IN_WORD) != 0;
    return true;
  }

  private boolean sameOptions(MemorySegment s, long tcp) {
    long ours = first + l4;
    for (int i = PacketView.TCP_HEADER; i < headerLength - l4; i += 4) {
      if (Wire.u32(s, tcp + i) != Wire.u32(s, ours + i)) {
        return false;
      }
    }
    return true;
  }

  /** Version, TOS; for IPv6 the flow label too. */
  private int ipWord(MemorySegment s, long at) {
    return ipv6 ? Wire.u32(s, at) : Wire.u16(s, at);
  }

  private int hops(MemorySegment s, long at) {
    return Wire.u8(s, at + (ipv6 ? 7 : 8));
  }

  private static int headerLength(PacketView p) {
    return p.l4() + (p.protocol() == PacketView.TCP ? p.tcpHeader() : PacketView.UDP_HEADER);
  }

  /** Offset of the first packet, whose headers all share. */
  long first() {
    return first;
  }

  /** IP and L4 header bytes. */
  int headerLength() {
    return headerLength;
  }

  int l4() {
    return l4;
  }

  /** L4 payload bytes of each segment but the last: gso_size. */
  int segmentPayload() {
    return segmentPayload;
  }

  /** L4 payload bytes of all. */
  int payload() {
    return payload;
  }

  boolean push() {
    return push;
  }

  boolean ipv6() {
    return ipv6;
  }

  boolean tcp() {
    return protocol == PacketView.TCP;
  }

  /** The payloads behind the first; entry 0 is the writer's. */
  MemorySegment iovecs() {
    return iovecs;
  }

  void clear() {
    count = 0;
  }
}
