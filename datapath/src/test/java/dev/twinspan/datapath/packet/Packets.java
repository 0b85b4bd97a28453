package dev.twinspan.datapath.packet;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Builds inner packets for the tests, whole and with right checksums, by means of its own: the code
 * under test is not used.
 */
public final class Packets {
  public static final int SYN = 0x02;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;

  private Packets() {}

  public static byte[] address(String text) {
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** An IP packet of the family of the addresses; DF set and ID 0 on IPv4. */
  public static byte[] ip(String from, String to, int protocol, int tos, byte[] payload) {
    byte[] source = address(from);
    byte[] destination = address(to);
    ByteBuffer b;
    if (source.length == 4) {
      b = ByteBuffer.allocate(20 + payload.length);
      b.put((byte) 0x45).put((byte) tos).putShort((short) b.capacity());
      b.putInt(0x4000).put((byte) 64).put((byte) protocol).putShort((short) 0);
      b.put(source).put(destination);
      fixIpv4Checksum(b.array());
    } else {
      b = ByteBuffer.allocate(40 + payload.length);
      b.putInt(6 << 28 | tos << 20).putShort((short) payload.length);
      b.put((byte) protocol).put((byte) 64).put(source).put(destination);
    }
    b.put(payload);
    return b.array();
  }

  public static byte[] udp(String from, String to, int sourcePort, int port, byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(8 + data.length);
    b.putShort((short) sourcePort).putShort((short) port).putShort((short) b.capacity());
    b.putShort((short) 0).put(data);
    int sum = transportChecksum(address(from), address(to), 17, b.array());
    b.putShort(6, (short) (sum == 0 ? 0xFFFF : sum));
    return ip(from, to, 17, 0, b.array());
  }

  public static byte[] tcp(
      String from, String to, int sourcePort, int port, int seq, int flags, byte[] data) {
    return tcp(from, to, sourcePort, port, seq, 1, flags, new byte[0], data);
  }

  public static byte[] tcp(
      String from,
      String to,
      int sourcePort,
      int port,
      int seq,
      int ack,
      int flags,
      byte[] options,
      byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(20 + options.length + data.length);
    b.putShort((short) sourcePort).putShort((short) port).putInt(seq).putInt(ack);
    b.put((byte) ((20 + options.length) / 4 << 4)).put((byte) flags).putShort((short) 502);
    b.putInt(0).put(options).put(data);
    b.putShort(16, (short) transportChecksum(address(from), address(to), 6, b.array()));
    return ip(from, to, 6, 0, b.array());
  }

  public static byte[] bytes(int n, int seed) {
    byte[] data = new byte[n];
    new java.util.Random(seed).nextBytes(data);
    return data;
  }

  /** Reads TOS or traffic class. */
  public static int tos(byte[] packet) {
    return isIpv6(packet) ? (packet[0] & 0xF) << 4 | packet[1] >>> 4 & 0xF : packet[1] & 0xFF;
  }

  /** Writes TOS or traffic class. */
  public static byte[] withTos(byte[] packet, int tos) {
    byte[] copy = packet.clone();
    if (isIpv6(packet)) {
      copy[0] = (byte) (0x60 | tos >>> 4);
      copy[1] = (byte) ((tos & 0xF) << 4 | packet[1] & 0xF);
    } else {
      copy[1] = (byte) tos;
      fixIpv4Checksum(copy);
    }
    return copy;
  }

  /** Sets ID and DF|MF|offset of an IPv4 packet. */
  public static byte[] withFragment(byte[] packet, int id, int field) {
    byte[] copy = packet.clone();
    ByteBuffer.wrap(copy).putShort(4, (short) id).putShort(6, (short) field);
    fixIpv4Checksum(copy);
    return copy;
  }

  public static boolean isIpv6(byte[] packet) {
    return (packet[0] & 0xF0) == 0x60;
  }

  public static void fixIpv4Checksum(byte[] packet) {
    packet[10] = 0;
    packet[11] = 0;
    int checksum = ~sum(packet, 0, (packet[0] & 0xF) * 4, 0) & 0xFFFF;
    packet[10] = (byte) (checksum >>> 8);
    packet[11] = (byte) checksum;
  }

  public static boolean ipv4ChecksumIsRight(byte[] packet) {
    return sum(packet, 0, (packet[0] & 0xF) * 4, 0) == 0xFFFF;
  }

  /** Of TCP and UDP right behind a plain IP header. */
  public static boolean transportChecksumIsRight(byte[] packet) {
    boolean v6 = isIpv6(packet);
    int l4 = v6 ? 40 : (packet[0] & 0xF) * 4;
    int protocol = packet[v6 ? 6 : 9];
    int pseudo = pseudoSum(packet, v6, protocol, packet.length - l4);
    return sum(packet, l4, packet.length, pseudo) == 0xFFFF;
  }

  private static int pseudoSum(byte[] packet, boolean v6, int protocol, int length) {
    int addresses = v6 ? sum(packet, 8, 40, 0) : sum(packet, 12, 20, 0);
    return addresses + protocol + length;
  }

  private static int transportChecksum(byte[] from, byte[] to, int protocol, byte[] segment) {
    ByteArrayOutputStream pseudo = new ByteArrayOutputStream();
    pseudo.writeBytes(from);
    pseudo.writeBytes(to);
    int start = sum(pseudo.toByteArray(), 0, pseudo.size(), 0) + protocol + segment.length;
    return ~sum(segment, 0, segment.length, start) & 0xFFFF;
  }

  /** Byte by byte, folded at each step: slow and plain. */
  public static int sum(byte[] b, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i++) {
      sum += (i - from) % 2 == 0 ? (b[i] & 0xFF) << 8 : b[i] & 0xFF;
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (sum & 0xFFFF) + (sum >>> 16);
  }

  public static MemorySegment offHeap(byte[] bytes) {
    MemorySegment s = Arena.ofAuto().allocate(Math.max(1, bytes.length), 8);
    MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return s;
  }

  public static byte[] onHeap(MemorySegment s, long at, int length) {
    return s.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
