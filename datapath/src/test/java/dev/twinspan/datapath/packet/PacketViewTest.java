package dev.twinspan.datapath.packet;

import static dev.twinspan.datapath.packet.Packets.ACK;
import static dev.twinspan.datapath.packet.Packets.bytes;
import static dev.twinspan.datapath.packet.Packets.offHeap;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PacketViewTest {
  private final PacketView view = new PacketView();

  private boolean parse(byte[] packet) {
    return view.parse(offHeap(packet), 0, packet.length);
  }

  @Test
  void shouldReadTcpOverIpv4() {
    assertThat(parse(Packets.tcp("10.0.0.1", "10.1.2.3", 40000, 443, 7, ACK, bytes(10, 1))))
        .isTrue();
    assertThat(view.ipv6()).isFalse();
    assertThat(view.length()).isEqualTo(50);
    assertThat(view.l4()).isEqualTo(20);
    assertThat(view.tcpHeader()).isEqualTo(20);
    assertThat(view.sourcePort()).isEqualTo(40000);
    assertThat(view.destinationPort()).isEqualTo(443);
    assertThat(view.sourceLow()).isEqualTo(0x0A000001L);
    assertThat(view.destinationLow()).isEqualTo(0x0A010203L);
    assertThat(view.dontFragment()).isTrue();
  }

  @Test
  void shouldReadUdpOverIpv6BehindExtensionHeaders() {
    byte[] datagram = Packets.udp("fd00::1", "fd00::2", 5000, 53, bytes(4, 1));
    ByteBuffer b = ByteBuffer.allocate(datagram.length + 8 + 16);
    b.put(datagram, 0, 40).put((byte) 60).put((byte) 0).put(new byte[6]);
    b.put((byte) 17).put((byte) 1).put(new byte[14]).put(datagram, 40, datagram.length - 40);
    b.putShort(4, (short) (b.capacity() - 40)).put(6, (byte) 0);
    assertThat(parse(b.array())).isTrue();
    assertThat(view.l4()).isEqualTo(64);
    assertThat(view.protocol()).isEqualTo(PacketView.UDP);
    assertThat(view.sourcePort()).isEqualTo(5000);
    assertThat(view.destinationPort()).isEqualTo(53);
    assertThat(view.fragment()).isFalse();
  }

  @Test
  void shouldSeeFragmentsOfBothFamilies() {
    byte[] first = Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(64, 1));
    parse(Packets.withFragment(first, 9, 0x2000));
    assertThat(view.fragment()).isTrue();
    assertThat(view.laterFragment()).isFalse();
    assertThat(view.sourcePort()).isEqualTo(1);
    parse(Packets.withFragment(first, 9, 8));
    assertThat(view.laterFragment()).isTrue();
    assertThat(view.sourcePort()).isEqualTo(PacketView.NO_PORT);

    byte[] payload =
        ByteBuffer.allocate(24).put((byte) 17).put((byte) 0).putShort((short) 8).array();
    parse(Packets.ip("fd00::1", "fd00::2", 44, 0, payload));
    assertThat(view.fragment()).isTrue();
    assertThat(view.laterFragment()).isTrue();
    assertThat(view.protocol()).isEqualTo(PacketView.UDP);
    assertThat(view.destinationPort()).isEqualTo(PacketView.NO_PORT);
  }

  @Test
  void shouldGiveIcmpTypeAndCodeAsPorts() {
    byte[] echo = {8, 0, 0, 0, 0, 1, 0, 1};
    parse(Packets.ip("10.0.0.1", "10.0.0.2", 1, 0, echo));
    assertThat(view.sourcePort()).isEqualTo(8 << 8);
    assertThat(view.destinationPort()).isEqualTo(8 << 8);
  }

  @Test
  void shouldNotTakeALengthThatIsNotThere() {
    for (byte[] whole :
        new byte[][] {
          Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 3, ACK, bytes(9, 1)),
          Packets.udp("fd00::1", "fd00::2", 1, 2, bytes(9, 1))
        }) {
      for (int n = 0; n < whole.length; n++) {
        assertThat(parse(Arrays.copyOf(whole, n))).as("cut to " + n).isFalse();
      }
      assertThat(parse(Arrays.copyOf(whole, whole.length + 100))).as("padded").isTrue();
      assertThat(view.length()).isEqualTo(whole.length);
    }
  }

  @Test
  void shouldRefuseImpossibleHeaders() {
    byte[] packet = Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(9, 1));
    byte[] shortHeader = packet.clone();
    shortHeader[0] = 0x44;
    assertThat(parse(shortHeader)).isFalse();
    byte[] longHeader = packet.clone();
    longHeader[0] = 0x4F;
    assertThat(parse(longHeader)).isFalse();
    byte[] version = packet.clone();
    version[0] = 0x55;
    assertThat(parse(version)).isFalse();
    byte[] extension = ByteBuffer.allocate(8).put((byte) 17).put((byte) 200).array();
    assertThat(parse(Packets.ip("fd00::1", "fd00::2", 60, 0, extension))).isFalse();
  }

  @Property(tries = 30_000)
  void shouldStayWithinAnyBytes(@ForAll @Size(min = 1, max = 120) byte[] bytes) {
    // A first byte that is an IP version makes the rest worth reading.
    bytes[0] = (byte) ((bytes[0] & 1) == 0 ? 0x45 + (bytes[0] >> 5 & 3) : 0x60);
    if (parse(bytes)) {
      assertThat(view.length()).isBetween(20, bytes.length);
      assertThat(view.l4()).isBetween(20, view.length());
      assertThat(view.l4() + view.tcpHeader()).isLessThanOrEqualTo(view.length());
    }
  }
}
