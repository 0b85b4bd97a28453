package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.Hex;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random mutations of valid messages. How many: {@code -Dtwinspan.mutations=10000000}; from where:
 * {@code -Dtwinspan.seed=N}, which a failure names.
 */
class MutationTest {
  private static final int COUNT = Integer.getInteger("twinspan.mutations", 200_000);
  private static final long SEED = Long.getLong("twinspan.seed", 1);

  @Test
  void shouldSurviveMutatedMessages() {
    List<byte[]> corpus = MessageCorpus.all();
    Mutator mutator = new Mutator(new SplittableRandom(SEED), corpus);
    int understood = 0;
    for (int i = 0; i < COUNT; i++) {
      byte[] bytes = mutator.next();
      try {
        understood += HostileInput.check(bytes) ? 1 : 0;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "mutation %d of -Dtwinspan.seed=%d: %s".formatted(i, SEED, Hex.text(bytes)), e);
      }
    }
    // Were all refused at once, the mutations would test the header and nothing behind it.
    assertThat(understood).isBetween(COUNT / 20, COUNT - COUNT / 20);
  }

  /**
   * With real protection no mutation may get through. A fiftieth of the count: each costs an AES.
   */
  @Test
  void shouldRefuseEveryMutationOfAProtectedMessage() {
    IkeCrypto crypto = TestCrypto.seeded(SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    IkeMessage message =
        new IkeMessage(
            new IkeHeader(1, 2, ExchangeType.INFORMATIONAL, false, true, 3),
            MessageCorpus.everyPayload());
    for (IkeCipher cipher : IkeArbitraries.allCiphers()) {
      ProtectionKeys keys = TestCrypto.keys(cipher, SEED);
      byte[] iv = crypto.random(cipher.encryption().ivLength());
      byte[] sealed = IkeCodec.seal(message, crypto, keys, iv);
      Mutator mutator = new Mutator(random.split(), List.of(sealed));
      for (int i = 0; i < COUNT / 50 / IkeArbitraries.allCiphers().size(); i++) {
        byte[] bytes = mutator.next();
        if (Arrays.equals(bytes, sealed)) {
          continue;
        }
        assertThat(IkeCodec.open(bytes, crypto, keys))
            .as("%s, -Dtwinspan.seed=%d: %s", cipher, SEED, Hex.text(bytes))
            .isEqualTo(new DecodeResult.Failed<>(new DecodeError.AuthenticationFailed()));
      }
    }
  }
}
