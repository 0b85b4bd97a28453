package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.capture.CaptureRing;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both workers on this thread, a million packets in two runs: nothing is allocated. */
class AllocationTest {
  private static final int ROUNDS = 10_000;
  private static final int MOST_LOOKS = 6;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @CsvSource({
    "libcrypto,AES_CBC_256_SHA256_128,false",
    "auto,AES_GCM_256,false",
    "auto,AES_GCM_256,true",
    "shared libcrypto,AES_GCM_256,false"
  })
  void shouldAllocateNothingPerPacket(String backend, EspTransform transform, boolean captured) {
    TwoEnds ends = new TwoEnds(TestBackend.of(backend), transform, true, 2, Options.USUAL);
    if (captured) { // full after a while: packets are counted then
      ends.left.tap(null, tap());
      ends.right.tap(tap(), null);
    }
    byte[][] packets = new byte[50][];
    for (int i = 0; i < packets.length; i++) {
      byte[] data = Packets.bytes(100 + i % 3 * 400, i);
      packets[i] =
          i % 2 == 0
              ? Packets.tcp("10.0.0.1", "10.0.0.2", i / 4, 80, i * 99, Packets.ACK, data)
              : Packets.udp("fd00::1", "fd00::2", i / 4, 53, data);
    }
    carry(ends, packets, 2_000);
    // Compiled by then, or a little later where the compiler has to wait for the processor.
    int looks = 0;
    double each = Double.MAX_VALUE;
    for (; looks < MOST_LOOKS && each >= 1; looks++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      carry(ends, packets, ROUNDS);
      each = (THREADS.getCurrentThreadAllocatedBytes() - before) / (ROUNDS * 50.0);
    }

    long carried = ends.right.in.packets();
    assertThat(carried).isEqualTo((2_000L + looks * (long) ROUNDS) * 50);
    assertThat(ends.right.in.drops()).isEmpty();
    // The smallest object has 16 bytes. What is left are the test's own iterators, and frames the
    // compiler is not done with.
    assertThat(each).as("bytes per packet").isLessThan(1);
    ends.close();
  }

  private static PacketTap tap() {
    return new PacketTap(new CaptureRing(16 << 20), PacketTap.ALL, true, true, 128);
  }

  private static void carry(TwoEnds ends, byte[][] packets, int rounds) {
    for (int r = 0; r < rounds; r++) {
      for (byte[] packet : packets) {
        ends.left.lan.send(packet);
      }
      ends.left.pumpOut();
      ends.right.pumpIn();
      ends.right.lan.toHosts.clear();
    }
  }
}
