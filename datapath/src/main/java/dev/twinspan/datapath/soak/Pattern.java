package dev.twinspan.datapath.soak;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Payload as a function of flow and position: no two places of a run have the same in common. */
final class Pattern {
  /** Of a packet's words, by their position in it. */
  static final int POSITION_BITS = 8;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  /** 2⁶⁴ divided by the golden ratio, as in splitmix64: neighbours differ in half their bits. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private Pattern() {}

  static long word(long seed, long position) {
    long x = (seed + position) * SPREAD;
    return x ^ x >>> 29;
  }

  /**
   * @param number of the packet in its flow
   */
  static void fill(MemorySegment to, long at, int length, long seed, long number) {
    long position = number << POSITION_BITS;
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      to.set(WORD, at + i, word(seed, position++));
    }
    long last = word(seed, position);
    for (; i < length; i++, last >>>= 8) {
      to.set(ValueLayout.JAVA_BYTE, at + i, (byte) last);
    }
  }

  static boolean holds(MemorySegment in, long at, int length, long seed, long number) {
    long position = number << POSITION_BITS;
    long wrong = 0;
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      wrong |= in.get(WORD, at + i) ^ word(seed, position++);
    }
    long last = word(seed, position);
    for (; i < length; i++, last >>>= 8) {
      wrong |= in.get(ValueLayout.JAVA_BYTE, at + i) ^ (byte) last;
    }
    return wrong == 0;
  }
}
