package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.EspBackends;
import org.junit.jupiter.api.Test;

/** Ten million packets; {@code twinspan bench soak} is the same without end. */
class SoakTest {
  private static final long PACKETS = Long.getLong("twinspan.soak", 10_000_000);

  @Test
  void shouldCarryEveryPacketOnceAcrossTheEdgeAndRefuseAllElse() {
    try (SoakLane lane = new SoakLane(EspBackends.choose(EspBackends.AUTO).backend(), 7, 50_000)) {
      lane.run(PACKETS, _ -> {});

      SoakLane.Result result = lane.result();
      assertThat(result.firstFault()).isNull();
      assertThat(result.missing()).isZero();
      assertThat(result.refused()).isEqualTo(result.injected());
      assertThat(result.injected())
          .containsOnlyKeys(
              DropReason.REPLAYED, DropReason.AUTHENTICATION_FAILED, DropReason.UNKNOWN_SPI);
      assertThat(result.crossed()).isEqualTo(2);
      assertThat(result.right()).isTrue();
      // Coalesced by the dozen, as on the TUN.
      assertThat(result.superPackets()).isBetween(result.packets() / 64, result.packets() / 15);
      assertThat(result.reordered()).isGreaterThan(1000);
    }
  }
}
