package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/**
 * The headers of one inner packet, read once: a fly-weight its worker moves from packet to packet.
 * {@link #parse} believes no length before it has checked it; what it accepts, every offset it
 * gives lies within.
 *
 * <pre>
 *  IPv4 (RFC 791): 0 version|IHL  1 TOS  2 total length  4 ID  6 DF|MF|offset  8 TTL  9 protocol
 *                  10 checksum  12 source  16 destination
 *  IPv6 (RFC 8200): 0 version|class|flow label  4 payload length  6 next header  7 hop limit
 *                  8 source  24 destination
 * </pre>
 */
public final class PacketView {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;

  public static final int IPV4_HEADER = 20;
  public static final int IPV6_HEADER = 40;
  public static final int TCP_HEADER = 20;
  public static final int UDP_HEADER = 8;

  /** No ports: another protocol, a later fragment, or cut off before them. */
  public static final int NO_PORT = -1;

  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int SCTP = 132;
  private static final int DCCP = 33;
  private static final int UDP_LITE = 136;

  /** More extension headers than any honest packet has. */
  private static final int MAX_EXTENSIONS = 8;

  private boolean ipv6;
  private int length;
  private int l4;
  private int protocol;
  private boolean fragment;
  private boolean laterFragment;
  private boolean dontFragment;
  private int tcpHeader;
  private int sourcePort;
  private int destinationPort;
  private int tos;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;

  /**
   * Reads the packet at {@code at}.
   *
   * @param available bytes there; more than the IP header says is padding
   * @return false when it is no well-formed IP packet; then nothing else here means anything
   */
  public boolean parse(MemorySegment s, long at, int available) {
    if (available < IPV4_HEADER) {
      return false;
    }
    return switch (Wire.u8(s, at) >>> 4) {
      case 4 -> parse4(s, at, available);
      case 6 -> available >= IPV6_HEADER && parse6(s, at, available);
      default -> false;
    };
  }

  private boolean parse4(MemorySegment s, long at, int available) {
    int header = (Wire.u8(s, at) & 0xF) * 4;
    length = Wire.u16(s, at + 2);
    if (header < IPV4_HEADER || length < header || length > available) {
      return false;
    }
    ipv6 = false;
    tos = Wire.u8(s, at + 1);
    int fragmentField = Wire.u16(s, at + 6);
    dontFragment = (fragmentField & 0x4000) != 0;
    fragment = (fragmentField & 0x3FFF) != 0;
    laterFragment = (fragmentField & 0x1FFF) != 0;
    protocol = Wire.u8(s, at + 9);
    sourceHigh = 0;
    sourceLow = Wire.u32(s, at + 12) & 0xFFFF_FFFFL;
    destinationHigh = 0;
    destinationLow = Wire.u32(s, at + 16) & 0xFFFF_FFFFL;
    l4 = header;
    parseTransport(s, at + l4, length - l4);
    return true;
  }

  private boolean parse6(MemorySegment s, long at, int available) {
    length = IPV6_HEADER + Wire.u16(s, at + 4);
    if (length > available) {
      return false;
    }
    ipv6 = true;
    tos = Wire.u16(s, at) >>> 4 & 0xFF;
    dontFragment = true;
    fragment = false;
    laterFragment = false;
    sourceHigh = Wire.u64(s, at + 8);
    sourceLow = Wire.u64(s, at + 16);
    destinationHigh = Wire.u64(s, at + 24);
    destinationLow = Wire.u64(s, at + 32);
    if (!skipExtensions(s, at)) {
      return false;
    }
    parseTransport(s, at + l4, length - l4);
    return true;
  }

  /** RFC 8200 section 4. Behind a later fragment's header there is nothing to understand. */
  private boolean skipExtensions(MemorySegment s, long at) {
    l4 = IPV6_HEADER;
    protocol = Wire.u8(s, at + 6);
    for (int i = 0; i < MAX_EXTENSIONS; i++) {
      switch (protocol) {
        case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> {}
        default -> {
          return true;
        }
      }
      if (length - l4 < 8) {
        return false;
      }
      int next = Wire.u8(s, at + l4);
      int units = Wire.u8(s, at + l4 + 1);
      int size =
          switch (protocol) {
            case FRAGMENT -> 8;
            case AUTHENTICATION -> (units + 2) * 4;
            default -> (units + 1) * 8;
          };
      if (protocol == FRAGMENT) {
        int field = Wire.u16(s, at + l4 + 2);
        fragment |= (field & 0xFFF9) != 0;
        laterFragment |= (field & 0xFFF8) != 0;
      }
      if (size > length - l4) {
        return false;
      }
      protocol = next;
      l4 += size;
      if (laterFragment) {
        return true;
      }
    }
    return false;
  }

  private void parseTransport(MemorySegment s, long at, int available) {
    tcpHeader = 0;
    sourcePort = NO_PORT;
    destinationPort = NO_PORT;
    if (laterFragment || available < 4) {
      return;
    }
    switch (protocol) {
      case TCP -> {
        ports(s, at);
        if (available >= TCP_HEADER) {
          int header = (Wire.u8(s, at + 12) >>> 4) * 4;
          tcpHeader = header >= TCP_HEADER && header <= available ? header : 0;
        }
      }
      case UDP, SCTP, DCCP, UDP_LITE -> ports(s, at);
      case ICMP, ICMPV6 -> { // RFC 7296 section 3.13.1: type and code stand for the ports
        sourcePort = Wire.u16(s, at);
        destinationPort = sourcePort;
      }
      default -> {}
    }
  }

  private void ports(MemorySegment s, long at) {
    sourcePort = Wire.u16(s, at);
    destinationPort = Wire.u16(s, at + 2);
  }

  public boolean ipv6() {
    return ipv6;
  }

  /** Of the whole packet, as its IP header says. */
  public int length() {
    return length;
  }

  /** Offset of what follows the IP header and its extensions. */
  public int l4() {
    return l4;
  }

  /** IP protocol, behind IPv6 extension headers. */
  public int protocol() {
    return protocol;
  }

  /** One of several fragments, the first included. */
  public boolean fragment() {
    return fragment;
  }

  public boolean laterFragment() {
    return laterFragment;
  }

  /** DF, or IPv6, where routers never fragment. */
  public boolean dontFragment() {
    return dontFragment;
  }

  /** Length of a whole TCP header; 0 when there is none. */
  public int tcpHeader() {
    return tcpHeader;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /** TOS or traffic class: DSCP and ECN. */
  public int tos() {
    return tos;
  }

  /** The packet has got a congestion mark since it was read. */
  public void marked() {
    tos |= Ecn.CE;
  }

  public long sourceHigh() {
    return sourceHigh;
  }

  /** An IPv4 address is the low 32 bits of this. */
  public long sourceLow() {
    return sourceLow;
  }

  public long destinationHigh() {
    return destinationHigh;
  }

  public long destinationLow() {
    return destinationLow;
  }
}
