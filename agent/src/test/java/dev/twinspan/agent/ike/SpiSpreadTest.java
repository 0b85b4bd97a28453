package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpiSpreadTest {
  private final Random random = new Random(3);

  @Test
  void shouldLeaveAnySpiWhereThereIsOneCore() {
    for (int i = 0; i < 1000; i++) {
      int spi = random.nextInt();
      assertThat(SpiSpread.NONE.spi(spi, "hub/in0")).isEqualTo(spi);
    }
  }

  /** The kernel takes the SPI as an unsigned number, and so must the choice. */
  @Test
  void shouldGiveEachPeerItsCoresResidueAndStayRandom() {
    for (int cores = 2; cores <= 7; cores++) {
      SpiSpread spread = new SpiSpread(cores, name -> Integer.parseInt(name));
      for (int core = 0; core < cores; core++) {
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
          int drawn = random.nextInt(-2_000_000_000, 2_000_000_000);
          int spi = spread.spi(drawn, String.valueOf(core));
          assertThat(Integer.remainderUnsigned(spi, cores)).isEqualTo(core);
          assertThat(Math.abs((long) spi - drawn)).isLessThan(cores);
          seen.add(spi);
        }
        assertThat(seen).hasSizeGreaterThan(990);
      }
    }
  }
}
