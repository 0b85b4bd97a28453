package dev.twinspan.agent.ike;

import java.util.function.ToIntFunction;

/**
 * SPIs of which the kernel can tell the core that a CHILD SA's packets are for: of one residue
 * modulo the number of cores for each peer, random but for that.
 *
 * @param cores 1: any SPI will do
 * @param core of a peer's tunnel, by the peer's name: 0 to {@code cores} - 1
 */
public record SpiSpread(int cores, ToIntFunction<String> core) {
  public static final SpiSpread NONE = new SpiSpread(1, _ -> 0);

  /** Next to a random number; may be one that RFC 4303 reserves. */
  int spi(int random, String peer) {
    return random - Integer.remainderUnsigned(random, cores) + core.applyAsInt(peer);
  }
}
