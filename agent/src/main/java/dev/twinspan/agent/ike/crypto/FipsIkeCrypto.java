package dev.twinspan.agent.ike.crypto;

import java.security.SecureRandom;
import java.util.Collection;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * {@link IkeCrypto} on Bouncy Castle FIPS' own API: no JCA look-up, no provider registration, so
 * that it lives in a native image. Thread-safe.
 *
 * <p>Runs in the module's general mode, because Azure's default policy wants MODP1024 and SHA-1.
 */
public final class FipsIkeCrypto implements IkeCrypto, AutoCloseable {
  private final SecureRandom random;
  private final @Nullable KeyPairPool pool;

  private FipsIkeCrypto(SecureRandom random, @Nullable KeyPairPool pool) {
    this.random = random;
    this.pool = pool;
  }

  /**
   * All randomness from this source, and every key pair made when it is asked for: a seeded source
   * gives the same run again. For tests and the simulator.
   */
  public FipsIkeCrypto(SecureRandom random) {
    this(random, null);
    FipsModule.start();
  }

  /**
   * For the product: randomness from a DRBG seeded by the operating system, key pairs made ahead.
   * Blocks for about a second while the module checks itself, so call it beside other start-up
   * work.
   *
   * @param executor makes the key pairs; not the control loop's
   * @param groups made ahead from the start
   */
  public static FipsIkeCrypto create(Executor executor, Collection<DhGroup> groups) {
    SecureRandom random = FipsModule.random();
    KeyPairPool pool = new KeyPairPool(group -> FipsKeyExchange.keyPair(group, random), executor);
    pool.prepare(groups);
    return new FipsIkeCrypto(random, pool);
  }

  /** Starts making pairs of these groups ahead: after a reload that brought new policies. */
  public void prepare(Collection<DhGroup> groups) {
    if (pool != null) {
      pool.prepare(groups);
    }
  }

  @Override
  public KeyPair keyPair(DhGroup group) {
    KeyPair ready = pool == null ? null : pool.poll(group);
    return ready == null ? FipsKeyExchange.keyPair(group, random) : ready;
  }

  @Override
  public byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare {
    return FipsKeyExchange.agree(own, peerShare);
  }

  @Override
  public byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data) {
    return FipsMac.prf(prf, key, data);
  }

  @Override
  public byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed) {
    return FipsMac.prfPlus(prf, key, length, seed);
  }

  @Override
  public byte[] sha1(byte[]... data) {
    return FipsMac.sha1(data);
  }

  @Override
  public byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    return FipsCipher.seal(keys, additional, iv, plaintext);
  }

  @Override
  public byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    return FipsCipher.open(keys, additional, sealed);
  }

  @Override
  public byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Destroys the key pairs made ahead. */
  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
