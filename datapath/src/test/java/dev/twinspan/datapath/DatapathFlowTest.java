package dev.twinspan.datapath;

import static dev.twinspan.datapath.packet.Packets.ACK;
import static dev.twinspan.datapath.packet.Packets.SYN;
import static dev.twinspan.datapath.packet.Packets.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackendException;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packets from LAN to LAN through both workers, with each back-end and transform there is. */
class DatapathFlowTest {
  static Stream<Arguments> ciphers() {
    List<Arguments> all = new ArrayList<>();
    for (String name : List.of("ipsec-mb", "libcrypto", "jce")) {
      try {
        EspBackend backend = EspBackends.choose(name).backend();
        for (EspTransform transform : EspTransform.values()) {
          all.add(Arguments.of(backend.name(), transform, backend));
        }
      } catch (EspBackendException e) {
        System.err.println("not tested with " + name + ": " + e.getMessage());
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("ciphers")
  void shouldCarryPacketsOfEverySize(String name, EspTransform transform, EspBackend backend) {
    TwoEnds ends = TwoEnds.of(backend, transform);
    List<byte[]> sent = new ArrayList<>();
    Random random = new Random(1);
    for (int size = 0; size <= 1300; size += 1 + random.nextInt(size < 100 ? 3 : 90)) {
      boolean v6 = random.nextBoolean();
      String from = v6 ? "fd00::1" : "192.168.50.9";
      String to = v6 ? "fd01::1" : "10.10.0.1";
      sent.add(
          random.nextBoolean()
              ? Packets.udp(from, to, 1000, 53, bytes(size, size))
              : Packets.tcp(from, to, 1001, 80, size * 7, ACK, bytes(size, size)));
    }
    List<byte[]> received = new ArrayList<>();
    for (int i = 0; i < sent.size(); i += 50) {
      received.addAll(
          ends.carry(sent.subList(i, Math.min(i + 50, sent.size())).toArray(byte[][]::new)));
    }
    assertThat(received).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(ends.receiving().counters().packets()).isEqualTo(sent.size());
    assertThat(ends.receiving().highestSequence()).isEqualTo(sent.size());
    assertThat(ends.right.in.drops()).isEmpty();
    assertThat(ends.left.out.drops()).isEmpty();
    ends.close();
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("ciphers")
  void shouldCarrySuperPackets(String name, EspTransform transform, EspBackend backend) {
    TwoEnds ends = TwoEnds.of(backend, transform);
    for (boolean v6 : new boolean[] {false, true}) {
      byte[] data = bytes(40_000, 5);
      byte[] whole = superTcp(v6, data);
      int l4 = v6 ? 40 : 20;
      int type = v6 ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4;
      ends.left.lan.sendSuper(whole, type, 1300, l4 + 20, l4, 16);
      ends.carry();
      List<byte[]> written = ends.right.lan.written();
      assertThat(written).as("joined again").hasSize(1);
      List<byte[]> segments = dev.twinspan.datapath.offload.Resegment.cut(written.getFirst());
      assertThat(segments).hasSize((40_000 + 1299) / 1300);
      ByteBuffer joined = ByteBuffer.allocate(data.length);
      for (byte[] s : segments) {
        assertThat(Packets.transportChecksumIsRight(s)).isTrue();
        joined.put(s, l4 + 20, s.length - l4 - 20);
      }
      assertThat(joined.array()).isEqualTo(data);
      assertThat(segments.getLast()[l4 + 13]).isEqualTo((byte) (ACK | Packets.PSH));
    }
    assertThat(ends.left.out.batches()).as("one native call each").isEqualTo(2);
    ends.close();
  }

  /** As the kernel hands it over: lengths of the whole, the pseudo-header's sum for a checksum. */
  private static byte[] superTcp(boolean v6, byte[] data) {
    String from = v6 ? "fd00::1" : "192.168.50.9";
    String to = v6 ? "fd01::1" : "10.10.0.1";
    byte[] p = Packets.tcp(from, to, 5, 80, 99, ACK | Packets.PSH, data);
    int l4 = v6 ? 40 : 20;
    int addresses = v6 ? Packets.sum(p, 8, 40, 0) : Packets.sum(p, 12, 20, 0);
    int pseudo = addresses + 6 + p.length - l4;
    ByteBuffer.wrap(p).putShort(l4 + 16, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    return p;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("ciphers")
  void shouldCompletePartialChecksumAndClampMss(
      String name, EspTransform transform, EspBackend backend) {
    TwoEnds ends = TwoEnds.of(backend, transform);
    byte[] mss1460 = {2, 4, 0x05, (byte) 0xB4};
    byte[] mss1350 = {2, 4, 0x05, 0x46};
    byte[] whole = Packets.tcp("10.0.0.1", "10.0.0.2", 5, 80, 1, 0, SYN, mss1460, new byte[0]);
    byte[] partial = whole.clone();
    int pseudo = Packets.sum(partial, 12, 20, 0) + 6 + 24;
    ByteBuffer.wrap(partial).putShort(36, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    ends.left.lan.sendPartial(partial, 20, 16);
    ends.carry();
    byte[] expected = Packets.tcp("10.0.0.1", "10.0.0.2", 5, 80, 1, 0, SYN, mss1350, new byte[0]);
    assertThat(ends.right.lan.received()).containsExactly(expected);
    assertThat(ends.carry(whole)).containsExactly(expected);
    ends.close();
  }
}
