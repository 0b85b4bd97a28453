package dev.twinspan.datapath.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.Packets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class HandOffTest {
  private static final int LARGEST = 65545;

  private final HandOff ring = new HandOff();
  private final MemorySegment data = MemorySegment.ofArray(Packets.bytes(1 << 17, 1));

  private void taken(int key, int offset, int length) {
    assertThat(ring.next()).isTrue();
    assertThat(ring.key()).isEqualTo(key);
    assertThat(ring.length()).isEqualTo(length);
    assertThat(
            MemorySegment.mismatch(
                ring.packets(),
                ring.position(),
                ring.position() + length,
                data,
                offset,
                offset + length))
        .isEqualTo(-1);
  }

  @Test
  void shouldHandOverWhatAndWhoseItIs() {
    assertThat(ring.next()).isFalse();
    assertThat(ring.offer(7, data, 3, 100, 0xb8, -1, 5, 4500)).isTrue();
    assertThat(ring.offer(8, data, 0, 0)).isTrue();
    taken(7, 3, 100);
    assertThat(ring.tos()).isEqualTo(0xb8);
    assertThat(ring.peerHigh()).isEqualTo(-1);
    assertThat(ring.peerLow()).isEqualTo(5);
    assertThat(ring.peerPort()).isEqualTo(4500);
    taken(8, 0, 0);
    assertThat(ring.next()).isFalse();
  }

  /** What was looked at lies where it was until it is given back. */
  @Test
  void shouldTakeNoMoreThanThereIsRoomAndWakeWhoWaits() {
    AtomicInteger consumer = new AtomicInteger();
    AtomicInteger producer = new AtomicInteger();
    ring.wakes(consumer::incrementAndGet, producer::incrementAndGet);
    int taken = 0;
    while (ring.offer(taken, data, taken, LARGEST)) {
      taken++;
    }
    assertThat(taken).isEqualTo(HandOff.SIZE / (LARGEST + 47));
    assertThat(consumer).hasValue(taken);
    assertThat(ring.hasRoom(LARGEST)).isFalse();
    for (int i = 0; i < taken; i++) {
      taken(i, i, LARGEST);
      assertThat(ring.offer(99, data, 0, LARGEST)).isFalse();
    }
    ring.release();
    assertThat(producer).as("nobody waits").hasValue(0);
    for (int i = 0; i < taken; i++) {
      assertThat(ring.offer(i, data, i, LARGEST)).isTrue();
    }
    ring.wake();
    assertThat(ring.offer(99, data, 0, LARGEST)).isFalse();
    taken(0, 0, LARGEST);
    ring.release();
    assertThat(producer).hasValue(1);
    for (int i = 1; i < taken; i++) {
      taken(i, i, LARGEST);
    }
    ring.release();
    assertThat(producer).as("once").hasValue(1);
  }

  /** Packets of every size between two threads, which wake each other. */
  @Test
  void shouldKeepEveryPacketAndTheirOrderBetweenTwoThreads() throws Exception {
    int packets = 200_000;
    Thread consumer = Thread.currentThread();
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread producer = Thread.ofPlatform().unstarted(() -> produce(packets, done));
    ring.wakes(() -> LockSupport.unpark(consumer), () -> LockSupport.unpark(producer));
    producer.start();
    Random random = new Random(5);
    for (int i = 0; i < packets; i++) {
      while (!ring.next()) {
        ring.release();
        if (!ring.next()) {
          LockSupport.parkNanos(1_000_000);
        } else {
          break;
        }
      }
      int length = length(random);
      if (ring.key() != i || ring.length() != length) {
        assertThat(ring.key()).isEqualTo(i);
        assertThat(ring.length()).isEqualTo(length);
      }
      int first = ring.packets().get(ValueLayout.JAVA_BYTE, ring.position());
      assertThat((byte) first).isEqualTo(data.get(ValueLayout.JAVA_BYTE, i & 0xffff));
      if ((i & 7) == 0) {
        ring.release();
      }
    }
    done.get();
  }

  private void produce(int packets, CompletableFuture<Void> done) {
    Random random = new Random(5);
    for (int i = 0; i < packets; i++) {
      int length = length(random);
      while (!ring.offer(i, data, i & 0xffff, length)) {
        ring.wake();
        if (ring.offer(i, data, i & 0xffff, length)) {
          break;
        }
        LockSupport.park();
      }
    }
    done.complete(null);
  }

  private static int length(Random random) {
    return 1 + (random.nextInt(4) == 0 ? random.nextInt(LARGEST) : random.nextInt(1500));
  }
}
