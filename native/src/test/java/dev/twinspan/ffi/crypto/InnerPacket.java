package dev.twinspan.ffi.crypto;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * An inner packet as the kernel hands it over the TUN: TCP or UDP on IPv4 or IPv6, one segment or a
 * super-packet, its L4 checksum field holding the pseudo-header's sum. Built, and its segments
 * checked, with nothing of the code under test.
 */
record InnerPacket(boolean v4, boolean tcp, byte[] bytes, int gsoSize) {
  static final int TCP_HEADER = 32; // with timestamps
  static final int CWR = 0x80;
  static final int ACK = 0x10;
  static final int PSH = 0x08;
  static final int FIN = 0x01;

  static InnerPacket of(boolean v4, boolean tcp, int payload, int gsoSize, Random random) {
    int l3 = v4 ? 20 : 40;
    int l4 = tcp ? TCP_HEADER : 8;
    ByteBuffer b = ByteBuffer.allocate(l3 + l4 + payload);
    if (v4) {
      b.putShort((short) 0x4500).putShort((short) b.capacity()).putShort((short) 0xfffe);
      b.putShort((short) 0x4000).put((byte) 64).put((byte) (tcp ? 6 : 17)).putShort((short) 0);
      b.putInt(random.nextInt()).putInt(random.nextInt());
      b.putShort(10, (short) ~sum(b.array(), 0, 20));
    } else {
      b.putInt(0x60012345)
          .putShort((short) (l4 + payload))
          .put((byte) (tcp ? 6 : 17))
          .put((byte) 64);
      b.putLong(random.nextLong()).putLong(random.nextLong());
      b.putLong(random.nextLong()).putLong(random.nextLong());
    }
    b.putShort((short) random.nextInt()).putShort((short) random.nextInt());
    if (tcp) {
      b.putInt(0xffff_f000).putInt(random.nextInt());
      b.put((byte) 0x80).put((byte) (CWR | ACK | PSH | FIN)).putShort((short) 512);
      b.putInt(0).putInt(0x0101080a).putInt(random.nextInt()).putInt(random.nextInt());
    } else {
      b.putShort((short) (8 + payload)).putShort((short) 0);
    }
    byte[] data = new byte[payload];
    random.nextBytes(data);
    b.put(data);
    b.putShort(l3 + (tcp ? 16 : 6), (short) pseudoHeader(b.array(), v4, tcp, l4 + payload));
    return new InnerPacket(v4, tcp, b.array(), gsoSize);
  }

  int l4() {
    return v4 ? 20 : 40;
  }

  int headerLength() {
    return l4() + (tcp ? TCP_HEADER : 8);
  }

  int payload() {
    return bytes.length - headerLength();
  }

  int checksumOffset() {
    return tcp ? 16 : 6;
  }

  int flags() {
    int segment = tcp ? EncapVector.FLAG_SEGMENT_TCP : EncapVector.FLAG_SEGMENT_UDP;
    return EncapVector.FLAG_NEEDS_CHECKSUM | (gsoSize > 0 ? segment : 0);
  }

  int segments() {
    return gsoSize == 0 ? 1 : Math.max(1, Math.ceilDiv(payload(), gsoSize));
  }

  /** What is wrong with segment {@code i}, in words; empty when it is as a receiver wants it. */
  String faultsOf(byte[] segment, int i) {
    StringBuilder faults = new StringBuilder();
    int l4 = l4();
    int from = i * gsoSize;
    int length = gsoSize == 0 ? payload() : Math.min(gsoSize, payload() - from);
    boolean last = i == segments() - 1;
    expect(faults, "length", segment.length, headerLength() + length);
    ByteBuffer b = ByteBuffer.wrap(segment);
    ByteBuffer original = ByteBuffer.wrap(bytes);
    if (v4) {
      expect(faults, "total length", u16(b, 2), segment.length);
      expect(faults, "id", u16(b, 4), 0xfffe + i & 0xffff);
      expect(faults, "header checksum", sum(segment, 0, 20), 0xffff);
      expect(faults, "addresses", b.getLong(12), original.getLong(12));
    } else {
      expect(faults, "payload length", u16(b, 4), segment.length - 40);
      expect(faults, "addresses", b.slice(8, 32).compareTo(original.slice(8, 32)), 0);
    }
    expect(faults, "ports", b.getInt(l4), original.getInt(l4));
    if (tcp) {
      expect(faults, "sequence", b.getInt(l4 + 4), 0xffff_f000 + from);
      int flags = ACK | (i == 0 ? CWR : 0) | (last ? PSH | FIN : 0);
      expect(faults, "flags", segment[l4 + 13] & 0xff, flags);
      expect(faults, "options", b.getLong(l4 + 24), original.getLong(l4 + 24));
    } else {
      expect(faults, "UDP length", u16(b, l4 + 4), segment.length - l4);
      expect(faults, "no UDP checksum", u16(b, l4 + 6) == 0 ? 1 : 0, 0);
    }
    int l4Length = segment.length - l4;
    int checksum = fold(pseudoHeader(segment, v4, tcp, l4Length) + sum(segment, l4, l4Length));
    expect(faults, "L4 checksum", checksum, 0xffff);
    ByteBuffer data = original.slice(headerLength() + from, length);
    expect(faults, "payload", b.slice(headerLength(), length).compareTo(data), 0);
    return faults.toString();
  }

  private static void expect(StringBuilder faults, String what, long seen, long expected) {
    if (seen != expected) {
      faults.append("%s %x, expected %x; ".formatted(what, seen, expected));
    }
  }

  static int pseudoHeader(byte[] packet, boolean v4, boolean tcp, int l4Length) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.write(packet, v4 ? 12 : 8, v4 ? 8 : 32);
    header.writeBytes(new byte[] {0, (byte) (tcp ? 6 : 17)});
    header.writeBytes(new byte[] {(byte) (l4Length >> 8), (byte) l4Length});
    return sum(header.toByteArray(), 0, header.size());
  }

  static int sum(byte[] bytes, int from, int length) {
    int sum = 0;
    for (int i = from; i < from + length; i += 2) {
      int low = i + 1 < from + length ? bytes[i + 1] & 0xff : 0;
      sum = fold(sum + ((bytes[i] & 0xff) << 8 | low));
    }
    return sum;
  }

  private static int fold(int sum) {
    return sum > 0xffff ? (sum & 0xffff) + 1 : sum;
  }

  private static int u16(ByteBuffer b, int at) {
    return b.getShort(at) & 0xffff;
  }
}
