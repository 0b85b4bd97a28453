package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;

/**
 * One SA's cipher with nothing laid out around it: what the library alone takes. Never used on the
 * wire.
 */
interface BareCipher {
  /** Most texts of one call. */
  int MAX_COUNT = 64;

  /**
   * Seals (outbound) or opens (inbound) texts in place, each with its ICV right behind it.
   *
   * @param sequence makes the IVs; outbound above all earlier ones of the SA, inbound the one
   *     sealed with
   * @param texts {@code count} × {@code stride} bytes, off-heap
   * @param length of each text; a multiple of {@link EspTransform#alignment}
   * @return how many are good, or negative when lengths or sequence do not fit
   */
  int run(long sequence, MemorySegment texts, int stride, int length, int count);
}
