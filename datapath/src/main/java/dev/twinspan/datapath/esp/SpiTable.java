package dev.twinspan.datapath.esp;

import dev.twinspan.datapath.InboundSa;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SPI → inbound SA: open addressing, at most half full. Immutable; made by the control thread, read
 * by the worker. The SPIs are our own random choice, so nobody outside can make them collide.
 */
public final class SpiTable {
  private final @Nullable InboundSa[] slots;
  private final int mask;

  /**
   * @throws IllegalArgumentException when two share an SPI, or one is in 0..255, which RFC 4303
   *     section 2.1 reserves
   */
  public SpiTable(List<InboundSa> sas) {
    slots = new InboundSa[Integer.highestOneBit(Math.max(4, sas.size() * 4 - 1))];
    mask = slots.length - 1;
    for (InboundSa sa : sas) {
      if (sa.spi() >>> 8 == 0) {
        throw new IllegalArgumentException("SPI %08x is reserved".formatted(sa.spi()));
      }
      if (find(sa.spi()) != null) {
        throw new IllegalArgumentException("two inbound SAs with SPI %08x".formatted(sa.spi()));
      }
      int i = slot(sa.spi());
      while (slots[i] != null) {
        i = i + 1 & mask;
      }
      slots[i] = sa;
    }
  }

  public @Nullable InboundSa find(int spi) {
    for (int i = slot(spi); ; i = i + 1 & mask) {
      InboundSa sa = slots[i];
      if (sa == null || sa.spi() == spi) {
        return sa;
      }
    }
  }

  private int slot(int spi) {
    return (spi * 0x9E37_79B9 >>> 16) & mask;
  }
}
