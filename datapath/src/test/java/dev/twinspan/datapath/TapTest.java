package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.capture.CaptureRing;
import dev.twinspan.datapath.capture.CaptureRing.Ends;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a capture gets to see of the packets. */
class TapTest {
  private final TwoEnds ends =
      new TwoEnds(
          EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, false, 2, Options.USUAL);
  private final CaptureRing ring = new CaptureRing(1 << 20);

  private record Seen(Kind kind, boolean outbound, int tunnel, byte[] packet, Ends ends) {}

  private List<Seen> seen() {
    List<Seen> all = new ArrayList<>();
    for (; ring.hasNext(); ring.next()) {
      ByteBuffer packet = ring.packet();
      byte[] bytes = new byte[packet.remaining()];
      packet.get(bytes);
      Ends of = new Ends();
      ring.ends(of);
      all.add(new Seen(ring.kind(), ring.outbound(), ring.tunnel(), bytes, of));
    }
    return all;
  }

  private PacketTap all() {
    return new PacketTap(ring, PacketTap.ALL, true, true, 65535);
  }

  @AfterEach
  void close() {
    ends.close();
  }

  @Test
  void shouldShowWhatGoesOut() {
    byte[] packet = Packets.udp("10.0.0.1", "10.0.0.2", 7, 53, new byte[100]);
    ends.left.tap(null, all());
    ends.carry(packet);
    List<Seen> seen = seen();

    assertThat(seen).extracting(Seen::kind).containsExactly(Kind.INNER, Kind.ESP);
    assertThat(seen).allMatch(Seen::outbound);
    assertThat(seen.getFirst().packet()).isEqualTo(packet);
    Seen esp = seen.getLast();
    assertThat(ByteBuffer.wrap(esp.packet()).getInt())
        .isEqualTo(ends.left.tunnels.get(esp.tunnel()).outbound().spi());
    assertThat(esp.packet()).hasSize(EspTransform.AES_GCM_256.packetLength(packet.length));
    assertThat(esp.ends().protocol).isEqualTo(17);
    assertThat(esp.ends().destinationPort).isEqualTo(4500);
    assertThat(esp.ends().sourceLow).isNotEqualTo(esp.ends().destinationLow);
  }

  /** ESP before it is decrypted in place, and the packet that was in it. */
  @Test
  void shouldShowWhatComesIn() {
    byte[] packet = Packets.udp("10.0.0.1", "10.0.0.2", 7, 53, new byte[100]);
    ends.left.tap(null, all());
    ends.right.tap(all(), null);
    ends.carry(packet);
    List<Seen> seen = seen();

    assertThat(seen).extracting(Seen::outbound).containsExactly(true, true, false, false);
    assertThat(seen.get(2).packet()).isEqualTo(seen.get(1).packet());
    assertThat(seen.get(3).packet()).isEqualTo(packet);
    assertThat(seen.get(2).ends()).usingRecursiveComparison().isEqualTo(seen.get(1).ends());
  }

  @Test
  void shouldShowOnlyTheTunnelAskedFor() {
    ends.left.tap(null, new PacketTap(ring, 1, true, true, 65535));
    for (int port = 0; port < 64; port++) {
      ends.carry(Packets.udp("10.0.0.1", "10.0.0.2", port, 53, new byte[20]));
    }
    List<Seen> seen = seen();
    assertThat(seen).isNotEmpty().allMatch(s -> s.tunnel() == 1).hasSizeLessThan(128);
  }

  @Test
  void shouldShowPacketsOfAnUnknownSpi() {
    ends.right.tap(all(), null);
    byte[] stray = new byte[64];
    ByteBuffer.wrap(stray).putInt(0xdeadbeef);
    ends.leftToRight().put(MemorySegment.ofArray(stray), 0, stray.length, 0, 0);
    ends.right.pumpIn();

    assertThat(ends.right.in.drops()).containsKey(DropReason.UNKNOWN_SPI);
    assertThat(seen())
        .singleElement()
        .satisfies(
            s -> {
              assertThat(s.packet()).isEqualTo(stray);
              assertThat(s.tunnel()).as("by the sender's address").isZero();
            });
  }

  @Test
  void shouldShowNothingMoreOnceItIsTakenAway() {
    ends.left.tap(null, all());
    ends.left.tap(null, null);
    ends.carry(Packets.udp("10.0.0.1", "10.0.0.2", 7, 53, new byte[100]));
    assertThat(seen()).isEmpty();
  }
}
