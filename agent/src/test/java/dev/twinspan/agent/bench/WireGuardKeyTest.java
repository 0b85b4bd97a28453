package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class WireGuardKeyTest {
  @Test
  void shouldWriteTheCoordinateLittleEndianInThirtyTwoBytes() {
    assertThat(WireGuardKey.littleEndian(BigInteger.valueOf(0x0102)))
        .isEqualTo("0201" + "00".repeat(30));
    // A sign byte in front is none of it.
    assertThat(WireGuardKey.littleEndian(BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE)))
        .isEqualTo("ff".repeat(31) + "7f");
    assertThat(WireGuardKey.littleEndian(new BigInteger("ff".repeat(32), 16)))
        .isEqualTo("ff".repeat(32));
  }

  @Test
  void shouldNotPrintItsSecret() {
    WireGuardKey key = WireGuardKey.generate();
    assertThat(key.secret()).hasSize(64);
    assertThat(key.toString()).contains(key.share()).doesNotContain(key.secret());
  }
}
