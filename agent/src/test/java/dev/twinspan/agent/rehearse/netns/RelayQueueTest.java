package dev.twinspan.agent.rehearse.netns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RelayQueueTest {
  private static final long MILLI = 1_000_000;

  private final RelayQueue queue = new RelayQueue(new Random(1));

  @Test
  void shouldHoldPacketsForTheirDelayInOrder() {
    queue.add(new byte[] {1}, new Impairment(10, 0, 0, 0), 0);
    queue.add(new byte[] {2}, new Impairment(10, 0, 0, 0), 0);
    assertThat(queue.poll(10 * MILLI - 1)).isNull();
    assertThat(queue.poll(10 * MILLI)).containsExactly(1);
    assertThat(queue.poll(10 * MILLI)).containsExactly(2);
    assertThat(queue.poll(10 * MILLI)).isNull();
  }

  @Test
  void shouldDuplicateAndReorderTheShareAskedFor() {
    for (int i = 0; i < 10_000; i++) {
      queue.add(new byte[] {1}, new Impairment(10, 0, 10, 0), 0);
    }
    assertThat(drain(10 * MILLI)).hasSizeBetween(10_800, 11_200);
    for (int i = 0; i < 10_000; i++) {
      queue.add(new byte[] {1}, new Impairment(10, 0, 0, 20), 0);
    }
    assertThat(drain(0)).hasSizeBetween(1_800, 2_200);
  }

  @Test
  void shouldSpreadJitterEvenly() {
    for (int i = 0; i < 10_000; i++) {
      queue.add(new byte[] {1}, new Impairment(10, 5, 0, 0), 0);
    }
    assertThat(drain(5 * MILLI - 1)).isEmpty();
    assertThat(drain(10 * MILLI)).hasSizeBetween(4_800, 5_200);
    assertThat(drain(15 * MILLI)).hasSizeBetween(4_800, 5_200);
  }

  @Test
  void shouldLoseWhatDoesNotFit() {
    for (int i = 0; i < RelayQueue.MOST_PACKETS + 5; i++) {
      queue.add(new byte[] {1}, new Impairment(10, 0, 0, 0), 0);
    }
    assertThat(queue.overflowed()).isEqualTo(5);
    assertThat(drain(10 * MILLI)).hasSize(RelayQueue.MOST_PACKETS);
  }

  @Test
  void shouldReadBackItsOwnWords() {
    Impairment impairment = new Impairment(50, 10, 1, 2.5);
    assertThat(Impairment.parse(("x " + impairment.words()).split(" "), 1)).isEqualTo(impairment);
  }

  private List<byte[]> drain(long now) {
    List<byte[]> packets = new ArrayList<>();
    for (byte[] packet = queue.poll(now); packet != null; packet = queue.poll(now)) {
      packets.add(packet);
    }
    return packets;
  }
}
