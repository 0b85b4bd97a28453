package dev.twinspan.datapath.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class Ip4FragmenterTest {
  private static List<byte[]> fragments(byte[] packet, int mtu) {
    int header = (packet[0] & 0xF) * 4;
    MemorySegment s = Packets.offHeap(packet);
    MemorySegment out = Packets.offHeap(new byte[mtu]);
    List<byte[]> all = new ArrayList<>();
    int step = Ip4Fragmenter.payloadPerFragment(header, mtu);
    for (int from = 0; from < packet.length - header; from += step) {
      int n = Ip4Fragmenter.write(s, 0, header, packet.length, from, mtu, out, 0);
      all.add(Packets.onHeap(out, 0, n));
    }
    return all;
  }

  private static int field(byte[] packet) {
    return ByteBuffer.wrap(packet).getShort(6) & 0xFFFF;
  }

  @Property(tries = 500)
  void shouldReassembleToTheSamePayload(
      @ForAll @IntRange(min = 1, max = 9000) int size,
      @ForAll @IntRange(min = 576, max = 1500) int mtu) {
    byte[] data = Packets.bytes(size, size);
    byte[] packet = Packets.withFragment(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, data), 77, 0);
    byte[] whole = new byte[packet.length];
    System.arraycopy(packet, 0, whole, 0, 20);
    List<byte[]> all = fragments(packet, mtu);
    for (int i = 0; i < all.size(); i++) {
      byte[] f = all.get(i);
      assertThat(f.length).isLessThanOrEqualTo(mtu);
      assertThat(Packets.ipv4ChecksumIsRight(f)).isTrue();
      assertThat((f[2] & 0xFF) << 8 | f[3] & 0xFF).isEqualTo(f.length);
      assertThat((field(f) & 0x2000) != 0).as("more fragments").isEqualTo(i < all.size() - 1);
      System.arraycopy(f, 20, whole, 20 + (field(f) & 0x1FFF) * 8, f.length - 20);
    }
    assertThat(whole).isEqualTo(packet);
  }

  @Test
  void shouldKeepOffsetAndMoreFragmentsOfAFragment() {
    byte[] packet =
        Packets.withFragment(
            Packets.ip("10.0.0.1", "10.0.0.2", 17, 0, new byte[1600]), 5, 0x2000 | 100);
    List<byte[]> all = fragments(packet, 1000);
    assertThat(all).hasSize(2);
    assertThat(field(all.get(0))).isEqualTo(0x2000 | 100);
    assertThat(field(all.get(1))).isEqualTo(0x2000 | (100 + 976 / 8));
  }

  @Test
  void shouldRepeatOnlyOptionsMeantForAllFragments() {
    byte[] plain = Packets.ip("10.0.0.1", "10.0.0.2", 17, 0, new byte[1600]);
    ByteBuffer b = ByteBuffer.allocate(plain.length + 8).put(plain, 0, 20);
    b.put(new byte[] {7, 3, 4, 1}); // record route: first fragment only
    b.put(new byte[] {(byte) 0x94, 4, 0, 0}); // router alert: all
    b.put(plain, 20, 1600).put(0, (byte) 0x47).putShort(2, (short) b.capacity());
    byte[] packet = Packets.withFragment(b.array(), 5, 0);
    List<byte[]> all = fragments(packet, 1000);
    assertThat(all.get(0)).startsWith((byte) 0x47).contains((byte) 7);
    assertThat(ByteBuffer.wrap(all.get(0), 20, 8).getLong()).isEqualTo(0x0703_0401_9404_0000L);
    assertThat(ByteBuffer.wrap(all.get(1), 20, 8).getLong()).isEqualTo(0x0101_0101_9404_0000L);
  }
}
