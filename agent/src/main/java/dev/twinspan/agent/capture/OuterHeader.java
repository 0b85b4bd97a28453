package dev.twinspan.agent.capture;

import dev.twinspan.datapath.capture.CaptureRing.Ends;
import java.nio.ByteBuffer;

/**
 * The IP and UDP headers of what sockets deliver without them, made up from what is known: the
 * addresses, ports and TOS are the packet's own; TTL 64, no options.
 */
final class OuterHeader {
  static final int MAX = 40 + 8 + 4;
  private static final long IPV4_MAPPED = 0xffffL;
  private static final int UDP = 17;
  private static final int TTL = 64;

  private final ByteBuffer header = ByteBuffer.allocate(MAX);

  /**
   * @param marker whether the non-ESP marker comes behind the UDP header
   * @param length of the payload before anything was cut off
   * @param payload what is kept of it
   */
  ByteBuffer of(Ends ends, boolean marker, int length, ByteBuffer payload) {
    header.clear();
    boolean udp = ends.protocol == UDP;
    int inner = length + (udp ? 8 : 0) + (marker ? 4 : 0);
    boolean v4 = ends.sourceHigh == 0 && ends.sourceLow >>> 32 == IPV4_MAPPED;
    if (v4) {
      ipv4(ends, inner);
    } else {
      ipv6(ends, inner);
    }
    if (udp) {
      int at = header.position();
      header.putShort((short) ends.sourcePort).putShort((short) ends.destinationPort);
      header.putShort((short) inner).putShort((short) 0);
      if (marker) {
        header.putInt(0);
      }
      if (!v4) { // where none is not allowed (RFC 8200 section 8.1)
        header.putShort(at + 6, udp6Checksum(ends, inner, at, payload));
      }
    }
    return header.flip();
  }

  private void ipv4(Ends ends, int inner) {
    header.put((byte) 0x45).put((byte) ends.tos).putShort((short) (20 + inner));
    header.putInt(0).put((byte) TTL).put((byte) ends.protocol).putShort((short) 0);
    header.putInt((int) ends.sourceLow).putInt((int) ends.destinationLow);
    header.putShort(10, (short) ~fold(sum(header, 0, 20)));
  }

  private void ipv6(Ends ends, int inner) {
    header.putInt(6 << 28 | ends.tos << 20).putShort((short) inner);
    header.put((byte) ends.protocol).put((byte) TTL);
    header.putLong(ends.sourceHigh).putLong(ends.sourceLow);
    header.putLong(ends.destinationHigh).putLong(ends.destinationLow);
  }

  /** Over what is kept: right unless something was cut off. */
  private short udp6Checksum(Ends ends, int inner, int at, ByteBuffer payload) {
    long sum = sum(header, 8, 40) + inner + ends.protocol;
    sum += sum(header, at, header.position());
    sum += sum(payload, payload.position(), payload.limit());
    int checksum = ~fold(sum) & 0xFFFF;
    return (short) (checksum == 0 ? 0xFFFF : checksum);
  }

  private static long sum(ByteBuffer bytes, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += (long) (bytes.get(i) & 0xFF) << ((i - from & 1) == 0 ? 8 : 0);
    }
    return sum;
  }

  private static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xFFFF) + (folded >>> 16);
    }
    return (int) folded;
  }
}
