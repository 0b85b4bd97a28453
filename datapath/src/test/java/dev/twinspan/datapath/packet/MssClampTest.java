package dev.twinspan.datapath.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MssClampTest {
  private final PacketView view = new PacketView();

  private static byte[] syn(String address, int flags, int... options) {
    byte[] bytes = new byte[options.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) options[i];
    }
    return Packets.tcp(address, address, 1000, 443, 1, 0, flags, bytes, new byte[0]);
  }

  private byte[] clamp(byte[] packet, int mss) {
    MemorySegment s = Packets.offHeap(packet);
    assertThat(view.parse(s, 0, packet.length)).isTrue();
    MssClamp.apply(s, 0, view, mss, false);
    return Packets.onHeap(s, 0, packet.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fd00::1"})
  void shouldLowerMssAndKeepChecksumRight(String address) {
    byte[] syn = syn(address, Packets.SYN, 2, 4, 0x05, 0xB4, 4, 2, 1, 1);
    byte[] clamped = clamp(syn, 1350);
    assertThat(clamped)
        .isEqualTo(syn(address, Packets.SYN, 2, 4, 1350 >> 8, 1350 & 0xFF, 4, 2, 1, 1));
    assertThat(Packets.transportChecksumIsRight(clamped)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fd00::1"})
  void shouldKeepChecksumRightWhenTheOptionStandsAtAnOddOffset(String address) {
    byte[] syn = syn(address, Packets.SYN | Packets.ACK, 1, 2, 4, 0x05, 0xB4, 1, 1, 0);
    byte[] clamped = clamp(syn, 1200);
    assertThat(clamped)
        .isEqualTo(
            syn(address, Packets.SYN | Packets.ACK, 1, 2, 4, 1200 >> 8, 1200 & 0xFF, 1, 1, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1460, 9000})
  void shouldLeaveAnMssThatFits(int mss) {
    byte[] syn = syn("10.0.0.1", Packets.SYN, 2, 4, 0x05, 0xB4);
    assertThat(clamp(syn, mss)).isEqualTo(syn);
  }

  @ParameterizedTest
  @ValueSource(ints = {Packets.ACK, Packets.PSH | Packets.ACK})
  void shouldLeavePacketsThatAreNoSyn(int flags) {
    byte[] packet = syn("10.0.0.1", flags, 2, 4, 0x05, 0xB4);
    assertThat(clamp(packet, 500)).isEqualTo(packet);
  }

  @Property(tries = 20_000)
  void shouldSurviveAnyOptionsAndChangeOnlyMssAndChecksum(@ForAll @Size(40) byte[] options) {
    byte[] syn = Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 3, 0, Packets.SYN, options, new byte[0]);
    byte[] clamped = clamp(syn, 100);
    assertThat(Packets.transportChecksumIsRight(clamped)).isTrue();
    int changed = 0;
    for (int i = 40; i < syn.length; i++) {
      changed += syn[i] != clamped[i] ? 1 : 0;
    }
    assertThat(changed).isLessThanOrEqualTo(2);
  }
}
