package dev.twinspan.datapath.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IcmpTooBigTest {
  private final PacketView view = new PacketView();

  private byte[] reply(byte[] packet, int mtu) {
    MemorySegment s = Packets.offHeap(packet);
    MemorySegment out = Packets.offHeap(new byte[IcmpTooBig.MAX_LENGTH]);
    assertThat(view.parse(s, 0, packet.length)).isTrue();
    int length = IcmpTooBig.write(s, 0, view, mtu, out, 0);
    return Packets.onHeap(out, 0, length);
  }

  private boolean allowed(byte[] packet) {
    MemorySegment s = Packets.offHeap(packet);
    assertThat(view.parse(s, 0, packet.length)).isTrue();
    return IcmpTooBig.allowed(s, 0, view);
  }

  @Test
  void shouldTellIpv4SenderTheMtuAndQuoteItsPacket() {
    byte[] packet = Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, Packets.bytes(1400, 1));
    byte[] reply = reply(packet, 1300);
    assertThat(reply).hasSize(576);
    assertThat(Packets.ipv4ChecksumIsRight(reply)).isTrue();
    assertThat(Arrays.copyOfRange(reply, 12, 16)).isEqualTo(Packets.address("10.10.0.1"));
    assertThat(Arrays.copyOfRange(reply, 16, 20)).isEqualTo(Packets.address("192.168.50.9"));
    assertThat(reply[20]).as("type").isEqualTo((byte) 3);
    assertThat(reply[21]).as("code").isEqualTo((byte) 4);
    assertThat(Packets.sum(reply, 20, reply.length, 0)).isEqualTo(0xFFFF);
    assertThat((reply[26] & 0xFF) << 8 | reply[27] & 0xFF).isEqualTo(1300);
    assertThat(Arrays.copyOfRange(reply, 28, 576)).isEqualTo(Arrays.copyOf(packet, 548));
  }

  @Test
  void shouldTellIpv6SenderTheMtuAndQuoteItsPacket() {
    byte[] packet = Packets.udp("fd00::9", "fd01::1", 1, 2, Packets.bytes(1400, 1));
    byte[] reply = reply(packet, 1300);
    assertThat(reply).hasSize(1280);
    assertThat(Arrays.copyOfRange(reply, 8, 24)).isEqualTo(Packets.address("fd01::1"));
    assertThat(Arrays.copyOfRange(reply, 24, 40)).isEqualTo(Packets.address("fd00::9"));
    assertThat(reply[40]).as("type").isEqualTo((byte) 2);
    assertThat(Packets.transportChecksumIsRight(reply)).isTrue();
    assertThat((reply[46] & 0xFF) << 8 | reply[47] & 0xFF).isEqualTo(1300);
    assertThat(Arrays.copyOfRange(reply, 48, 1280)).isEqualTo(Arrays.copyOf(packet, 1232));
  }

  @Test
  void shouldSayNothingWhereTheStandardsForbidIt() {
    byte[] data = new byte[100];
    assertThat(allowed(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, data))).isTrue();
    assertThat(allowed(Packets.udp("10.0.0.1", "224.0.0.5", 1, 2, data))).isFalse();
    assertThat(allowed(Packets.udp("10.0.0.1", "255.255.255.255", 1, 2, data))).isFalse();
    assertThat(allowed(Packets.udp("0.0.0.0", "10.0.0.2", 1, 2, data))).isFalse();
    assertThat(allowed(Packets.udp("::", "fd00::1", 1, 2, data))).isFalse();
    assertThat(allowed(Packets.udp("fd00::1", "ff02::1", 1, 2, data))).isFalse();
    byte[] later = Packets.withFragment(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, data), 1, 0x4008);
    assertThat(allowed(later)).isFalse();
    byte[] unreachable = {3, 1, 0, 0, 0, 0, 0, 0};
    assertThat(allowed(Packets.ip("10.0.0.1", "10.0.0.2", 1, 0, unreachable))).isFalse();
    byte[] echo = {8, 0, 0, 0, 0, 0, 0, 0};
    assertThat(allowed(Packets.ip("10.0.0.1", "10.0.0.2", 1, 0, echo))).isTrue();
    byte[] tooBig6 = {2, 0, 0, 0, 0, 0, 0, 0};
    assertThat(allowed(Packets.ip("fd00::1", "fd00::2", 58, 0, tooBig6))).isFalse();
    byte[] echo6 = {(byte) 128, 0, 0, 0, 0, 0, 0, 0};
    assertThat(allowed(Packets.ip("fd00::1", "fd00::2", 58, 0, echo6))).isTrue();
  }
}
