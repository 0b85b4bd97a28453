package dev.twinspan.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.datapath.capture.CaptureRing.Ends;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The blocks, byte for byte, and the way back. */
class PcapngTest {
  private final ByteBuffer buffer = ByteBuffer.allocate(4096);
  private final PcapngWriter writer = new PcapngWriter(buffer);

  private byte[] written() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private void assertBlock(String hex) {
    assertThat(HexFormat.of().formatHex(written())).isEqualTo(hex.replaceAll("\\s", ""));
  }

  @Test
  void shouldWriteASectionHeader() {
    writer.section("twins");
    assertBlock(
        """
        0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffffffffffff
        0400 0500 7477696e73 000000 0000 0000 2c000000
        """);
  }

  @Test
  void shouldWriteAnInterface() {
    writer.interfaceDescription("esp", "E", 128);
    assertBlock(
        """
        01000000 30000000 6500 0000 80000000
        0200 0300 657370 00 0300 0100 45 000000 0900 0100 09 000000 0000 0000 30000000
        """);
  }

  @Test
  void shouldWriteAPacketCutShort() {
    ByteBuffer header = ByteBuffer.wrap(new byte[] {0x45, 0});
    ByteBuffer packet = ByteBuffer.wrap(new byte[] {1, 2, 3});
    writer.packet(1, 0x0102030405060708L, true, header, packet, 10);
    assertBlock(
        """
        06000000 34000000 01000000 04030201 08070605 05000000 0c000000
        4500010203 000000 0200 0400 02000000 0000 0000 34000000
        """);
  }

  @Test
  void shouldWriteStatisticsAndSecrets() {
    writer.statistics(2, 1L << 32, 7, 3);
    writer.secrets(0x01020304, new byte[] {9});
    assertBlock(
        """
        05000000 34000000 02000000 01000000 00000000
        0400 0800 0700000000000000 0500 0800 0300000000000000 0000 0000 34000000
        0a000000 18000000 04030201 01000000 09 000000 18000000
        """);
  }

  @Test
  void shouldCountAndSortWhatItReads() throws IOException {
    writer.section("x");
    writer.packet(1, 0, true, ByteBuffer.allocate(20), ByteBuffer.allocate(30), 100);
    writer.secrets(Capture.IKE_KEYS, "line\n".getBytes(StandardCharsets.US_ASCII));
    writer.statistics(1, 0, 5, 4);
    PcapngReader reader = new PcapngReader(new ByteArrayInputStream(written()));
    assertThat(reader.next()).isTrue();
    assertThat(reader.next()).isTrue();
    assertThat(reader.block()).isNotNull();
    assertThat(reader.next()).isTrue();
    assertThat(reader.block()).as("a secret stays out of the file").isNull();
    assertThat(reader.secretsType()).isEqualTo(Capture.IKE_KEYS);
    assertThat(reader.secrets()).asString().isEqualTo("line\n");
    assertThat(reader.isComplete()).isFalse();
    assertThat(reader.next()).isTrue();
    assertThat(reader.isComplete()).isTrue();
    assertThat(reader.next()).isFalse();
    assertThat(reader.packets(Kind.ESP)).isEqualTo(1);
    assertThat(reader.bytes()).isEqualTo(50);
    assertThat(reader.dropped(Kind.ESP)).isEqualTo(4);
  }

  /** Whatever answers on the socket: an IOException at worst, and no memory beyond a chunk. */
  @Test
  void shouldRefuseWhatIsNoStreamOfOurs() {
    writer.packet(1, 0, true, ByteBuffer.allocate(20), ByteBuffer.allocate(30), 100);
    writer.statistics(1, 0, 5, 4);
    writer.secrets(1, new byte[9]);
    byte[] good = written();
    for (int length = 1; length < good.length; length++) {
      read(Arrays.copyOf(good, length));
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      read(bad);
    }
    byte[] huge = {6, 0, 0, 0, 0, 0, 0, 0x40};
    assertThatThrownBy(() -> new PcapngReader(new ByteArrayInputStream(huge)).next())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1073741824 bytes");
  }

  private static void read(byte[] bytes) {
    PcapngReader reader = new PcapngReader(new ByteArrayInputStream(bytes));
    try {
      while (reader.next()) {
        if (reader.block() == null) {
          assertThat(reader.secrets().length).isLessThan(bytes.length);
        }
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void shouldMakeUpTheOuterHeaders() {
    Ends ends = new Ends();
    ends.protocol = 17;
    ends.tos = 0xB8;
    ends.sourceLow = 0xffff_c633_6407L;
    ends.destinationLow = 0xffff_cb00_710aL;
    ends.sourcePort = 4500;
    ends.destinationPort = 4501;
    ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3});
    ByteBuffer header = new OuterHeader().of(ends, true, 3, payload);
    byte[] bytes = new byte[header.remaining()];
    header.get(bytes);
    assertThat(HexFormat.of().formatHex(bytes))
        .startsWith("45b80023000000004011")
        .endsWith("c6336407cb00710a" + "11941195000f0000" + "00000000");
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += (bytes[i] & 0xFF) << 8 | bytes[i + 1] & 0xFF;
    }
    assertThat((sum & 0xFFFF) + (sum >>> 16)).isEqualTo(0xFFFF);
  }

  /** RFC 8200 section 8.1: UDP over IPv6 has a checksum. */
  @Test
  void shouldGiveUdpOverIpv6AChecksum() {
    Ends ends = new Ends();
    ends.protocol = 17;
    ends.sourceHigh = 0x20010db8L << 32;
    ends.sourceLow = 1;
    ends.destinationHigh = ends.sourceHigh;
    ends.destinationLow = 2;
    ends.sourcePort = 4500;
    ends.destinationPort = 4500;
    ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3});
    ByteBuffer header = new OuterHeader().of(ends, false, 3, payload);
    assertThat(header.remaining()).isEqualTo(48);
    long sum = 17 + 11;
    for (int i = 8; i < 48; i += 2) {
      sum += header.getShort(i) & 0xFFFF;
    }
    sum += 0x0102 + 0x0300;
    while (sum >>> 16 != 0) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    assertThat(sum).isEqualTo(0xFFFF);
    assertThat(header.getShort(46)).isNotZero();
  }
}
