package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/** Explicit congestion notification across the tunnel: RFC 6040, normal mode. */
public final class Ecn {
  public static final int NOT_ECT = 0;
  public static final int ECT_1 = 1;
  public static final int ECT_0 = 2;
  public static final int CE = 3;

  /** The packet goes no further. */
  public static final int DROP = -1;

  /**
   * RFC 6040 figure 4, row inner, column outer, in codepoint order (Not-ECT, ECT(1), ECT(0), CE).
   */
  private static final byte[] DECAPSULATED = {
    NOT_ECT, NOT_ECT, NOT_ECT, DROP, //
    ECT_1, ECT_1, ECT_1, CE, //
    ECT_0, ECT_1, ECT_0, CE, //
    CE, CE, CE, CE
  };

  private Ecn() {}

  /** The inner codepoint after decapsulation, or {@link #DROP}. */
  public static int decapsulate(int inner, int outer) {
    return DECAPSULATED[(inner & 3) << 2 | (outer & 3)];
  }

  /** Writes the codepoint into the IP header at {@code at}, its checksum kept right. */
  public static void set(MemorySegment s, long at, boolean ipv6, int codepoint) {
    int word = Wire.u16(s, at);
    if (ipv6) {
      Wire.u16(s, at, word & ~0x0030 | codepoint << 4);
      return;
    }
    int next = word & ~3 | codepoint;
    Wire.u16(s, at, next);
    Wire.u16(s, at + 10, Checksum.update(Wire.u16(s, at + 10), word, next));
  }
}
