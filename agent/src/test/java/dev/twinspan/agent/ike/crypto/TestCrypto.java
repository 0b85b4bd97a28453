package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import java.io.Serial;
import java.security.SecureRandom;
import java.util.Random;

/** The product's cryptography with reproducible randomness, and keys to use it with. */
public final class TestCrypto {
  private TestCrypto() {}

  /** The same seed makes the same key pairs, nonces and SPIs. */
  public static FipsIkeCrypto seeded(long seed) {
    return new FipsIkeCrypto(new SeededRandom(seed));
  }

  /** Made-up keys of the right lengths. */
  public static ProtectionKeys keys(IkeCipher cipher, long seed) {
    Random random = new Random(seed);
    byte[] encryption = new byte[cipher.encryptionKeyLength()];
    byte[] integrity =
        new byte[cipher.integrity() == Integrity.NONE ? 0 : cipher.integrity().keyLength()];
    random.nextBytes(encryption);
    random.nextBytes(integrity);
    return new ProtectionKeys(cipher, encryption, integrity);
  }

  private static final class SeededRandom extends SecureRandom {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Random random;

    SeededRandom(long seed) {
      random = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }
  }
}
