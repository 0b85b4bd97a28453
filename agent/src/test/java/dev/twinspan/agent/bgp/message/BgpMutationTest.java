package dev.twinspan.agent.bgp.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.Hex;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random mutations of valid messages, each read by four kinds of session. How many: a tenth of
 * {@code -Dtwinspan.mutations=10000000}; from where: {@code -Dtwinspan.seed=N}, which a failure
 * names.
 */
class BgpMutationTest {
  private static final int COUNT = Integer.getInteger("twinspan.mutations", 200_000) / 10;
  private static final long SEED = Long.getLong("twinspan.seed", 1);
  private static final int[] EDGES = {0, 1, 2, 3, 4, 7, 8, 14, 15, 32, 0x40, 0x80, 0xc0, 0xff};

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final List<byte[]> corpus = BgpCorpus.wire();

  @Test
  void shouldSurviveMutatedMessages() {
    int understood = 0;
    for (int i = 0; i < COUNT; i++) {
      byte[] bytes = next();
      try {
        understood += HostileInput.check(bytes) ? 1 : 0;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "mutation %d of -Dtwinspan.seed=%d: %s".formatted(i, SEED, Hex.text(bytes)), e);
      }
    }
    // Were all refused at once, the mutations would test the header and nothing behind it.
    assertThat(understood).isBetween(COUNT / 20, COUNT - COUNT / 20);
  }

  private byte[] next() {
    byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      bytes = change(bytes);
    }
    return bytes.length < BgpCodec.HEADER ? bytes : BgpCodecTest.mendLength(bytes);
  }

  /** Behind the header, where the decoders are, but for one in sixteen. */
  private byte[] change(byte[] bytes) {
    int from = random.nextInt(16) == 0 ? 0 : BgpCodec.HEADER;
    if (bytes.length <= from) {
      return bytes;
    }
    int at = random.nextInt(from, bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) EDGES[random.nextInt(EDGES.length)];
      case 2 -> bytes[at] += (byte) random.nextInt(-4, 5);
      case 3 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 4 -> {
        byte[] other = corpus.get(random.nextInt(corpus.size()));
        int start = random.nextInt(other.length);
        byte[] spliced = Arrays.copyOf(bytes, at + other.length - start);
        System.arraycopy(other, start, spliced, at, other.length - start);
        return spliced;
      }
      default -> bytes[at] = (byte) random.nextInt(256);
    }
    return bytes;
  }
}
