package dev.twinspan.agent.ike.message;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes hostile messages of valid ones: one to four changes each, the length mended mostly. */
final class Mutator {
  /** Lengths and counts that decoders trip over. */
  private static final int[] EDGES = {0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff};

  private final SplittableRandom random;
  private final List<byte[]> corpus;

  Mutator(SplittableRandom random, List<byte[]> corpus) {
    this.random = random;
    this.corpus = corpus;
  }

  byte[] next() {
    byte[] bytes = pick().clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      bytes = change(bytes);
    }
    return random.nextInt(16) == 0 ? bytes : WireBytes.mendLength(bytes);
  }

  private byte[] change(byte[] bytes) {
    if (bytes.length == 0) {
      return pick().clone();
    }
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(9)) {
      case 0 -> flip(bytes, at);
      case 1, 2 -> set(bytes, at, EDGES[random.nextInt(EDGES.length)]);
      case 3 -> set(bytes, at, random.nextInt(256));
      case 4 -> add(bytes, at, random.nextInt(-4, 5));
      case 5 -> remove(bytes, at);
      case 6 -> insert(bytes, at);
      case 7 -> Arrays.copyOf(bytes, at);
      default -> splice(bytes, at);
    };
  }

  private static byte[] set(byte[] bytes, int at, int value) {
    bytes[at] = (byte) value;
    return bytes;
  }

  private static byte[] add(byte[] bytes, int at, int delta) {
    bytes[at] += (byte) delta;
    return bytes;
  }

  private byte[] flip(byte[] bytes, int at) {
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  private byte[] remove(byte[] bytes, int at) {
    int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
    byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
    System.arraycopy(bytes, end, shorter, at, bytes.length - end);
    return shorter;
  }

  /** Doubles some bytes. */
  private byte[] insert(byte[] bytes, int at) {
    int count = Math.min(bytes.length - at, 1 + random.nextInt(8));
    byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
    System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
    return longer;
  }

  /** Goes on as another message does. */
  private byte[] splice(byte[] bytes, int at) {
    byte[] other = pick();
    int from = random.nextInt(other.length);
    byte[] spliced = Arrays.copyOf(bytes, at + other.length - from);
    System.arraycopy(other, from, spliced, at, other.length - from);
    return spliced;
  }

  private byte[] pick() {
    return corpus.get(random.nextInt(corpus.size()));
  }
}
