package dev.twinspan.ffi.crypto;

import static dev.twinspan.ffi.crypto.InternetChecksum.TCP;
import static dev.twinspan.ffi.crypto.InternetChecksum.UDP;
import static dev.twinspan.ffi.crypto.InternetChecksum.put16;
import static dev.twinspan.ffi.crypto.InternetChecksum.sum;
import static dev.twinspan.ffi.crypto.InternetChecksum.u16;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code segment.c} does, for the {@code jce} back-end: cuts the packet of one {@link
 * EncapVector} entry into the inner packets to send, headers and checksums made good. Allocates
 * freely.
 */
final class Segmenter {
  private static final int MAX_IP_LENGTH = 65535;
  private static final int FIN_PSH = 0x09;
  private static final int CWR = 0x80;

  private final byte[] packet;
  private final int gsoSize;
  private final int headerLength;
  private final int l4;
  private final int checksumOffset;
  private final int flags;

  private Segmenter(MemorySegment vector, int i, byte[] packet) {
    this.packet = packet;
    gsoSize = EncapVector.gsoSize(vector, i);
    headerLength = EncapVector.headerLength(vector, i);
    l4 = EncapVector.checksumStart(vector, i);
    checksumOffset = EncapVector.checksumOffset(vector, i);
    flags = EncapVector.flags(vector, i);
  }

  /**
   * The inner packets and the next header they are sent with.
   *
   * @param packets all of one length, but for the last
   */
  record Segments(List<byte[]> packets, int nextHeader) {}

  /** Null when the entry is {@link EncapVector#ERROR_MALFORMED}. */
  static @Nullable Segments cut(MemorySegment vector, int i) {
    int length = EncapVector.inLength(vector, i);
    if (length < 0 || length > MAX_IP_LENGTH) {
      return null;
    }
    MemorySegment in = MemorySegment.ofAddress(EncapVector.in(vector, i)).reinterpret(length);
    return new Segmenter(vector, i, in.toArray(ValueLayout.JAVA_BYTE)).cut();
  }

  private @Nullable Segments cut() {
    if (has(EncapVector.FLAG_DUMMY)) {
      boolean plain = flags == EncapVector.FLAG_DUMMY && gsoSize == 0;
      return plain ? new Segments(List.of(packet), 59) : null;
    }
    if (packet.length < 20) {
      return null;
    }
    int version = (packet[0] & 0xf0) >>> 4;
    if ((version != 4 && version != 6) || (version == 6 && packet.length < 40)) {
      return null;
    }
    List<byte[]> packets = gsoSize == 0 ? whole() : segments(version == 4);
    return packets == null ? null : new Segments(packets, version == 4 ? 4 : 41);
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private @Nullable List<byte[]> whole() {
    if (has(EncapVector.FLAG_NEEDS_CHECKSUM)) {
      int field = l4 + checksumOffset;
      if (l4 < 20 || field + 2 > packet.length) {
        return null;
      }
      put16(packet, field, inverted(sum(packet, l4, packet.length - l4, 0)));
    }
    return List.of(packet);
  }

  private @Nullable List<byte[]> segments(boolean v4) {
    boolean tcp = has(EncapVector.FLAG_SEGMENT_TCP);
    int protocol = tcp ? TCP : UDP;
    if (tcp == has(EncapVector.FLAG_SEGMENT_UDP) || !l3Fits(v4, protocol)) {
      return null;
    }
    int shortest = tcp ? 20 : 8;
    if (packet.length < l4 + shortest) {
      return null;
    }
    int l4Header = tcp ? ((packet[l4 + 12] & 0xf0) >>> 4) * 4 : 8;
    int header = l4 + l4Header;
    boolean fits = l4Header >= shortest && packet.length >= header;
    if (!fits || (headerLength != 0 && headerLength != header)) {
      return null;
    }
    return segments(v4, header, pseudoHeaderLessLength(protocol));
  }

  private boolean l3Fits(boolean v4, int protocol) {
    return v4
        ? l4 == (packet[0] & 15) * 4 && l4 >= 20 && packet[9] == protocol
        : l4 >= 40 && (l4 > 40 || packet[6] == protocol);
  }

  private int pseudoHeaderLessLength(int protocol) {
    if (!has(EncapVector.FLAG_NEEDS_CHECKSUM)) {
      return InternetChecksum.pseudoHeader(packet, protocol, 0);
    }
    int field = u16(packet, l4 + (protocol == TCP ? 16 : 6));
    int minusLength = ~(packet.length - l4) & 0xffff;
    return sum(packet, 0, 0, field + minusLength);
  }

  private List<byte[]> segments(boolean v4, int header, int pseudoHeader) {
    int payload = packet.length - header;
    int count = Math.max(1, Math.ceilDiv(payload, gsoSize));
    List<byte[]> packets = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = header + i * gsoSize;
      int length = Math.min(gsoSize, packet.length - from);
      byte[] segment = new byte[header + length];
      System.arraycopy(packet, 0, segment, 0, header);
      System.arraycopy(packet, from, segment, header, length);
      if (v4) {
        fixV4(segment, i);
      } else {
        put16(segment, 4, segment.length - 40);
      }
      fixL4(segment, i, i == count - 1, pseudoHeader);
      packets.add(segment);
    }
    return packets;
  }

  private void fixV4(byte[] segment, int i) {
    put16(segment, 2, segment.length);
    put16(segment, 4, u16(segment, 4) + i);
    put16(segment, 10, 0);
    put16(segment, 10, ~sum(segment, 0, l4, 0));
  }

  private void fixL4(byte[] segment, int i, boolean last, int pseudoHeader) {
    int length = segment.length - l4;
    int field;
    if (has(EncapVector.FLAG_SEGMENT_UDP)) {
      field = l4 + 6;
      put16(segment, l4 + 4, length);
    } else {
      field = l4 + 16;
      int sequence = (u16(segment, l4 + 4) << 16 | u16(segment, l4 + 6)) + i * gsoSize;
      put16(segment, l4 + 4, sequence >>> 16);
      put16(segment, l4 + 6, sequence);
      int cleared = (i > 0 ? CWR : 0) | (last ? 0 : FIN_PSH);
      segment[l4 + 13] &= (byte) ~cleared;
    }
    put16(segment, field, 0);
    put16(segment, field, inverted(sum(segment, l4, length, pseudoHeader + length)));
  }

  /** Never 0, which for UDP would mean no checksum (RFC 768). */
  private static int inverted(int sum) {
    int checksum = ~sum & 0xffff;
    return checksum == 0 ? 0xffff : checksum;
  }
}
