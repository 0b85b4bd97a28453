package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The mode belongs to a thread that never leaves it, so all of this runs on a thread of its own.
 */
class FipsModeTest {
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  private interface Check {
    void run(FipsIkeCrypto crypto) throws IkeCrypto.InvalidKeyShare;
  }

  private void inFipsMode(Check check) throws InterruptedException {
    try {
      thread
          .submit(
              () -> {
                try (FipsIkeCrypto crypto = FipsIkeCrypto.create(_ -> {}, List.of(), true)) {
                  check.run(crypto);
                }
                return null;
              })
          .get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  @AfterEach
  void end() {
    thread.shutdownNow();
  }

  @Test
  void shouldProveTheMode() throws InterruptedException {
    inFipsMode(
        crypto -> {
          assertThat(CryptoServicesRegistrar.isInApprovedOnlyMode()).isTrue();
          assertThat(crypto.module().approvedOnly()).isTrue();
          assertThat(crypto.module().name()).isEqualTo("Bouncy Castle FIPS");
          assertThat(crypto.module().version()).matches("\\d+\\.\\d+\\.\\d+");
          assertThat(crypto.module().selfTest()).startsWith("READY, checksum ").hasSize(80);
        });
    assertThat(CryptoServicesRegistrar.isInApprovedOnlyMode()).as("other threads").isFalse();
  }

  @Test
  void shouldTakeEachThreadThatCallsIntoTheMode() throws Exception {
    List<Boolean> modes = new ArrayList<>();
    inFipsMode(
        crypto -> {
          Thread other =
              Thread.ofPlatform()
                  .start(
                      () -> {
                        modes.add(CryptoServicesRegistrar.isInApprovedOnlyMode());
                        crypto.random(8);
                        modes.add(CryptoServicesRegistrar.isInApprovedOnlyMode());
                      });
          try {
            other.join();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(modes).containsExactly(false, true);
  }

  @ParameterizedTest
  @EnumSource(names = {"MODP2048", "ECP256", "ECP384"})
  void shouldAgreeOnApprovedGroups(DhGroup group) throws InterruptedException {
    assertThat(group.isApproved()).isTrue();
    inFipsMode(
        crypto -> {
          IkeCrypto.KeyPair a = crypto.keyPair(group);
          IkeCrypto.KeyPair b = crypto.keyPair(group);
          assertThat(crypto.agree(a, b.share())).isEqualTo(crypto.agree(b, a.share()));
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"MODP768", "MODP1024", "MODP2048_256"})
  void shouldRefuseAllOthers(DhGroup group) throws InterruptedException {
    assertThat(group.isApproved()).isFalse();
    inFipsMode(
        crypto ->
            assertThatIllegalStateException()
                .isThrownBy(() -> crypto.keyPair(group))
                .withMessage(group + " is outside the approved set of FIPS mode"));
  }

  @Test
  void shouldDoAllThatAnIkeSaNeeds() throws InterruptedException {
    inFipsMode(
        crypto -> {
          for (PrfAlgorithm prf : PrfAlgorithm.values()) {
            assertThat(crypto.prf(prf, new byte[14], new byte[3])).hasSize(prf.length());
            assertThat(crypto.prfPlus(prf, new byte[20], 99, new byte[3])).hasSize(99);
          }
          assertThat(crypto.sha1(new byte[3])).hasSize(20);
          assertSeals(crypto, new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE));
          assertSeals(crypto, new IkeCipher(Encryption.AES_CBC, 192, Integrity.HMAC_SHA2_384_192));
        });
  }

  private static void assertSeals(IkeCrypto crypto, IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 1);
    byte[] iv = crypto.random(cipher.encryption().ivLength());
    byte[] sealed = crypto.seal(keys, new byte[28], iv, new byte[64]);
    assertThat(crypto.open(keys, new byte[28], sealed)).isEqualTo(new byte[64]);
  }
}
