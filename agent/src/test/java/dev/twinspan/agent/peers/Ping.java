package dev.twinspan.agent.peers;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** ICMP echo over IPv4: RFC 791 and 792, as far as a test needs. */
final class Ping {
  private static final int IP_HEADER = 20;
  private static final int ICMP = 1;
  private static final int ECHO = 8;

  private Ping() {}

  static byte[] request(InetAddress from, InetAddress to, int sequence) {
    ByteBuffer packet = ByteBuffer.allocate(IP_HEADER + 8 + 32);
    packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
    packet.putInt(0).put((byte) 64).put((byte) ICMP).putShort((short) 0);
    packet.put(from.getAddress()).put(to.getAddress());
    packet.putShort(10, checksum(packet, 0, IP_HEADER));
    packet.put((byte) ECHO).put((byte) 0).putShort((short) 0);
    packet.putShort((short) 7).putShort((short) sequence);
    packet.putShort(IP_HEADER + 2, checksum(packet, IP_HEADER, packet.capacity()));
    return packet.array();
  }

  /** The sequence number of an echo reply, or -1. */
  static int replyTo(byte[] packet) {
    if (packet.length < IP_HEADER + 8 || packet[9] != ICMP || packet[IP_HEADER] != 0) {
      return -1;
    }
    return ByteBuffer.wrap(packet).getShort(IP_HEADER + 6);
  }

  private static short checksum(ByteBuffer packet, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += packet.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~(sum + (sum >>> 16));
  }
}
