package dev.twinspan.ffi.crypto;

/**
 * RFC 1071 over arrays, for the {@code jce} back-end: written for plainness, and apart from the C
 * of {@code checksum.c}, so that each can test the other.
 */
final class InternetChecksum {
  static final int TCP = 6;
  static final int UDP = 17;

  private InternetChecksum() {}

  /** The sum, not inverted, of big-endian words; an odd last byte counts as if a zero followed. */
  static int sum(byte[] bytes, int offset, int length, int start) {
    long sum = start;
    for (int i = 0; i < length; i++) {
      int value = Byte.toUnsignedInt(bytes[offset + i]);
      sum += i % 2 == 0 ? value << 8 : value;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  /** Sum of the pseudo-header: RFC 9293 section 3.1 for IPv4, RFC 8200 section 8.1 for IPv6. */
  static int pseudoHeader(byte[] packet, int protocol, int l4Length) {
    boolean v4 = packet[0] >>> 4 == 4;
    int addresses = v4 ? sum(packet, 12, 8, 0) : sum(packet, 8, 32, 0);
    return sum(new byte[0], 0, 0, addresses + protocol + l4Length);
  }

  /** {@code DecapVector.CHECKSUM_*} of an inner packet with, perhaps, TFC padding behind it. */
  static int verify(byte[] packet, int length, int nextHeader) {
    return switch (nextHeader) {
      case 4 -> verifyV4(packet, length);
      case 41 -> verifyV6(packet, length);
      default -> DecapVector.CHECKSUM_UNKNOWN;
    };
  }

  private static int verifyV4(byte[] packet, int length) {
    if (length < 20 || packet[0] >>> 4 != 4) {
      return DecapVector.CHECKSUM_UNKNOWN;
    }
    int header = (packet[0] & 15) * 4;
    int total = u16(packet, 2);
    if (header < 20 || total < header || total > length) {
      return DecapVector.CHECKSUM_UNKNOWN;
    }
    if (sum(packet, 0, header, 0) != 0xffff) {
      return DecapVector.CHECKSUM_BAD;
    }
    boolean fragment = (u16(packet, 6) & 0x3fff) != 0;
    return fragment
        ? DecapVector.CHECKSUM_UNKNOWN
        : verifyL4(packet, packet[9], header, total - header);
  }

  private static int verifyV6(byte[] packet, int length) {
    if (length < 40 || (packet[0] & 0xf0) != 0x60) {
      return DecapVector.CHECKSUM_UNKNOWN;
    }
    int payload = u16(packet, 4);
    return payload > length - 40
        ? DecapVector.CHECKSUM_UNKNOWN
        : verifyL4(packet, packet[6], 40, payload);
  }

  private static int verifyL4(byte[] packet, int protocol, int l4, int length) {
    boolean covered =
        switch (protocol) {
          case TCP -> length >= 20;
          case UDP -> length >= 8 && u16(packet, l4 + 4) == length && u16(packet, l4 + 6) != 0;
          default -> false;
        };
    if (!covered) {
      return DecapVector.CHECKSUM_UNKNOWN;
    }
    int sum = sum(packet, l4, length, pseudoHeader(packet, protocol, length));
    return sum == 0xffff ? DecapVector.CHECKSUM_GOOD : DecapVector.CHECKSUM_BAD;
  }

  static int u16(byte[] bytes, int at) {
    return Byte.toUnsignedInt(bytes[at]) << 8 | Byte.toUnsignedInt(bytes[at + 1]);
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }
}
