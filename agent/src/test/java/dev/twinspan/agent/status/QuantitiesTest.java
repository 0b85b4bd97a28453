package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
  @Test
  void shouldScaleToThreeDigits() {
    assertThat(Quantities.bits(0)).isEqualTo("0 bit/s");
    assertThat(Quantities.bits(999)).isEqualTo("999 bit/s");
    assertThat(Quantities.bits(999.6)).isEqualTo("1.0 kbit/s");
    assertThat(Quantities.bits(812_400_000)).isEqualTo("812 Mbit/s");
    assertThat(Quantities.bits(4_940_000_000.0)).isEqualTo("4.9 Gbit/s");
    assertThat(Quantities.bytes(Long.MAX_VALUE)).isEqualTo("9.2 EB");
    assertThat(Quantities.packets(-1)).isEqualTo("0 pps");
  }

  @Test
  void shouldTellAges() {
    assertThat(Quantities.age(Duration.ofSeconds(59))).isEqualTo("59s");
    assertThat(Quantities.age(Duration.ofSeconds(184))).isEqualTo("3m04s");
    assertThat(Quantities.age(Duration.ofMinutes(133))).isEqualTo("2h13m");
    assertThat(Quantities.age(Duration.ofHours(127))).isEqualTo("5d07h");
    assertThat(Quantities.age(Duration.ofSeconds(-5))).isEqualTo("0s");
  }

  @Test
  void shouldTellSpans() {
    assertThat(Quantities.span(null)).isEqualTo("–");
    assertThat(Quantities.span(Duration.ofMillis(412))).isEqualTo("412.0 ms");
    assertThat(Quantities.span(Duration.ofMillis(1500))).isEqualTo("1.50 s");
  }

  @Test
  void shouldDrawBarsAsHighAsTheirValues() {
    assertThat(Sparkline.of(List.of(0.0, 1.0, 4.0, 8.0), 6, 8, true)).isEqualTo("   ▁▄█");
    assertThat(Sparkline.of(List.of(1.0, 2.0, 3.0), 2, 3, false)).isEqualTo("*#".replace('*', '+'));
    assertThat(Sparkline.of(List.of(), 3, 0, true)).isEqualTo("   ");
  }
}
