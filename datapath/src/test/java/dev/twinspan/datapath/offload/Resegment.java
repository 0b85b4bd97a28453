package dev.twinspan.datapath.offload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the kernel does with a super-packet: cuts it as its virtio_net_hdr says, and completes each
 * checksum. Written for the tests alone, with nothing of the code under test.
 */
public final class Resegment {
  private Resegment() {}

  /** The packet behind the header, as written. */
  public static byte[] packet(byte[] written) {
    return Arrays.copyOfRange(written, VnetHeader.LENGTH, written.length);
  }

  /** The packets that would leave on a wire. */
  public static List<byte[]> cut(byte[] written) {
    MemorySegment header = MemorySegment.ofArray(written);
    int gsoSize = VnetHeader.gsoSize(header, 0);
    byte[] packet = packet(written);
    if (VnetHeader.gsoType(header, 0) == VnetHeader.GSO_NONE) {
      return List.of(packet);
    }
    boolean v6 = Packets.isIpv6(packet);
    boolean tcp = VnetHeader.gsoType(header, 0) != VnetHeader.GSO_UDP_L4;
    int l4 = VnetHeader.checksumStart(header, 0);
    int length = tcp ? l4 + (packet[l4 + 12] >> 4 & 0xF) * 4 : l4 + 8;
    assertThat(packetLength(packet, v6)).as("length in the IP header").isEqualTo(packet.length);
    assertThat(v6 || Packets.ipv4ChecksumIsRight(packet)).as("IP checksum").isTrue();
    assertThat(pseudoSum(packet, v6, l4))
        .as("pseudo-header sum")
        .isEqualTo(ByteBuffer.wrap(packet).getShort(l4 + (tcp ? 16 : 6)) & 0xFFFF);
    List<byte[]> segments = new ArrayList<>();
    for (int at = length; at < packet.length; at += gsoSize) {
      int size = Math.min(gsoSize, packet.length - at);
      byte[] s = new byte[length + size];
      System.arraycopy(packet, 0, s, 0, length);
      System.arraycopy(packet, at, s, length, size);
      boolean last = at + size == packet.length;
      finish(s, v6, tcp, l4, segments.size(), (at - length), last);
      segments.add(s);
    }
    return segments;
  }

  private static int packetLength(byte[] p, boolean v6) {
    ByteBuffer b = ByteBuffer.wrap(p);
    return v6 ? 40 + (b.getShort(4) & 0xFFFF) : b.getShort(2) & 0xFFFF;
  }

  private static void finish(
      byte[] s, boolean v6, boolean tcp, int l4, int index, int offset, boolean last) {
    ByteBuffer b = ByteBuffer.wrap(s);
    if (v6) {
      b.putShort(4, (short) (s.length - 40));
    } else {
      b.putShort(2, (short) s.length);
      // A fixed ID of 0 with DF is what our senders use; counting IDs only without DF.
      if ((b.getShort(6) & 0x4000) == 0) {
        b.putShort(4, (short) (b.getShort(4) + index));
      }
      Packets.fixIpv4Checksum(s);
    }
    if (tcp) {
      b.putInt(l4 + 4, b.getInt(l4 + 4) + offset);
      if (!last) {
        s[l4 + 13] &= ~0x09;
      }
    } else {
      b.putShort(l4 + 4, (short) (s.length - l4));
    }
    int field = l4 + (tcp ? 16 : 6);
    b.putShort(field, (short) 0);
    int start = pseudoSum(s, v6, l4);
    int checksum = ~Packets.sum(s, l4, s.length, start) & 0xFFFF;
    b.putShort(field, (short) (checksum == 0 && !tcp ? 0xFFFF : checksum));
  }

  private static int pseudoSum(byte[] p, boolean v6, int l4) {
    int addresses = v6 ? Packets.sum(p, 8, 40, 0) : Packets.sum(p, 12, 20, 0);
    int sum = addresses + p[v6 ? 6 : 9] + p.length - l4;
    return (sum & 0xFFFF) + (sum >>> 16);
  }
}
