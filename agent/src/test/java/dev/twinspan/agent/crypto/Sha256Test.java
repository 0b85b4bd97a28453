package dev.twinspan.agent.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On threads of their own: one that was in the module's approved mode stays there. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Sha256Test {
  /** FIPS 180-4's examples. */
  @ParameterizedTest
  @EnumSource
  void shouldDigest(Sha256 digest) {
    assertThat(digest.hex(""))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(digest.hex("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    byte[] million = new byte[1_000_000];
    Arrays.fill(million, (byte) 'a');
    assertThat(digest.hex(million))
        .isEqualTo("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }

  @Test
  void shouldBeTheModulesInItsApprovedMode() throws InterruptedException {
    byte[] some = new byte[200_001];
    new Random(7).nextBytes(some);
    AtomicBoolean approved = new AtomicBoolean();
    AtomicBoolean same = new AtomicBoolean();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  same.set(Sha256.of(true).hex(some).equals(Sha256.of(false).hex(some)));
                  approved.set(CryptoServicesRegistrar.isInApprovedOnlyMode());
                });
    thread.join();
    assertThat(same).isTrue();
    assertThat(approved).isTrue();
  }
}
