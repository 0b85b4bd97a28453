package dev.twinspan.datapath.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.capture.CaptureRing.Ends;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CaptureRingTest {
  private final Ends ends = new Ends();

  private void offer(CaptureRing ring, byte[] packet, int snap) {
    MemorySegment from = MemorySegment.ofArray(packet);
    ring.offer(Kind.ESP, true, 42, 3, ends, from, 0, packet.length, snap);
  }

  private static byte[] kept(CaptureRing ring) {
    ByteBuffer packet = ring.packet();
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    return bytes;
  }

  @Test
  void shouldHandOnWhatWasOffered() {
    CaptureRing ring = new CaptureRing(4096);
    assertThat(ring.hasNext()).isFalse();
    ends.protocol = 17;
    ends.tos = 0xB8;
    ends.sourceHigh = 1;
    ends.sourceLow = -2;
    ends.sourcePort = 65535;
    ends.destinationHigh = 3;
    ends.destinationLow = 4;
    ends.destinationPort = 4500;
    offer(ring, new byte[] {1, 2, 3, 4, 5}, 3);

    assertThat(ring.hasNext()).isTrue();
    assertThat(ring.kind()).isEqualTo(Kind.ESP);
    assertThat(ring.outbound()).isTrue();
    assertThat(ring.nanos()).isEqualTo(42);
    assertThat(ring.tunnel()).isEqualTo(3);
    assertThat(ring.length()).isEqualTo(5);
    assertThat(kept(ring)).containsExactly(1, 2, 3);
    Ends read = new Ends();
    ring.ends(read);
    assertThat(read).usingRecursiveComparison().isEqualTo(ends);
    ring.next();
    assertThat(ring.hasNext()).isFalse();
  }

  @Test
  void shouldCountWhatFindsNoRoomAndGoOnWhenThereIs() {
    CaptureRing ring = new CaptureRing(4096);
    byte[] packet = new byte[1000];
    for (int i = 0; i < 10; i++) {
      offer(ring, packet, 65535);
    }
    int kept = 0;
    while (ring.hasNext()) {
      kept++;
      ring.next();
    }
    assertThat(kept).isEqualTo(3); // of 1064 bytes each
    assertThat(ring.dropped(Kind.ESP)).isEqualTo(7);
    assertThat(ring.dropped(Kind.IKE)).isZero();
    offer(ring, new byte[4096], 65535);
    assertThat(ring.dropped(Kind.ESP)).as("longer than the ring takes").isEqualTo(8);
    offer(ring, packet, 65535);
    assertThat(ring.hasNext()).isTrue();
  }

  /** Each record says how long it is and repeats one byte: a torn one would be seen. */
  @Test
  @Timeout(180)
  void shouldNeverTearARecordWhileBothSidesRun() throws Exception {
    CaptureRing ring = new CaptureRing(8192);
    int total = 200_000;
    Thread producer =
        new Thread(
            () -> {
              Random random = new Random(5);
              for (int i = 0; i < total; i++) {
                byte[] packet = new byte[random.nextInt(1500)];
                java.util.Arrays.fill(packet, (byte) packet.length);
                offer(ring, packet, 65535);
              }
            });
    producer.start();
    long seen = 0;
    while (producer.isAlive() || ring.hasNext()) {
      if (ring.hasNext()) {
        for (byte octet : kept(ring)) {
          assertThat(octet).isEqualTo((byte) ring.length());
        }
        seen++;
        ring.next();
      }
    }
    producer.join();
    assertThat(seen).isPositive();
    assertThat(seen + ring.dropped(Kind.ESP)).isEqualTo(total);
  }
}
