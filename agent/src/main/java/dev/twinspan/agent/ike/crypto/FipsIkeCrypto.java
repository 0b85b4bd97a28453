package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.crypto.FipsModule;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * {@link IkeCrypto} on Bouncy Castle FIPS' own API: no JCA look-up, no provider registration, so
 * that it lives in a native image. Thread-safe.
 *
 * <p>Runs in the module's general mode, because Azure's default policy wants MODP1024, unless FIPS
 * mode is asked for: then each thread that calls is put into the approved-only mode first.
 */
public final class FipsIkeCrypto implements IkeCrypto, AutoCloseable {
  private final SecureRandom random;
  private final @Nullable KeyPairPool pool;
  private final boolean approvedOnly;
  private final FipsModule.Description module;

  private FipsIkeCrypto(SecureRandom random, @Nullable KeyPairPool pool, boolean approvedOnly) {
    this.random = random;
    this.pool = pool;
    this.approvedOnly = approvedOnly;
    this.module = FipsModule.describe();
  }

  /**
   * All randomness from this source, and every key pair made when it is asked for: a seeded source
   * gives the same run again. For tests and the simulator.
   */
  public FipsIkeCrypto(SecureRandom random) {
    this(random, null, false);
  }

  /**
   * For the product: randomness from a DRBG seeded by the operating system, key pairs made ahead.
   * Blocks for about a second while the module checks itself, so call it beside other start-up
   * work.
   *
   * @param executor makes the key pairs; not the control loop's
   * @param groups made ahead from the start
   * @param approvedOnly FIPS mode
   */
  public static FipsIkeCrypto create(
      Executor executor, Collection<DhGroup> groups, boolean approvedOnly) {
    if (approvedOnly) {
      FipsModule.enterApprovedMode();
    }
    SecureRandom random = FipsModule.random();
    KeyPairPool pool = new KeyPairPool(group -> make(group, random, approvedOnly), executor);
    pool.prepare(groups);
    return new FipsIkeCrypto(random, pool, approvedOnly);
  }

  private static KeyPair make(DhGroup group, SecureRandom random, boolean approvedOnly) {
    if (!approvedOnly) {
      return FipsKeyExchange.quickKeyPair(group, random);
    }
    FipsModule.enterApprovedMode();
    if (!group.isApproved()) {
      // The configuration is checked for this; here it cannot be got around.
      throw new IllegalStateException(group + " is outside the approved set of FIPS mode");
    }
    return FipsKeyExchange.keyPair(group, random);
  }

  public FipsModule.Description module() {
    return module;
  }

  private void enter() {
    if (approvedOnly) {
      FipsModule.enterApprovedMode();
    }
  }

  /** Starts making pairs of these groups ahead: after a reload that brought new policies. */
  public void prepare(Collection<DhGroup> groups) {
    if (pool != null) {
      pool.prepare(groups);
    }
  }

  /** Pairs of a group that were made ahead and wait. */
  public int keyPairsReady(DhGroup group) {
    return pool == null ? 0 : pool.ready(group);
  }

  @Override
  public KeyPair keyPair(DhGroup group) {
    KeyPair ready = pool == null ? null : pool.poll(group);
    return ready == null ? make(group, random, approvedOnly) : ready;
  }

  @Override
  public byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare {
    enter();
    return FipsKeyExchange.agree(own, peerShare);
  }

  @Override
  public byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data) {
    enter();
    return FipsMac.prf(prf, key, data);
  }

  @Override
  public byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed) {
    enter();
    return FipsMac.prfPlus(prf, key, length, seed);
  }

  @Override
  public byte[] sha1(byte[]... data) {
    enter();
    return FipsMac.sha1(data);
  }

  @Override
  public byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    enter();
    return FipsCipher.seal(keys, additional, iv, plaintext);
  }

  @Override
  public byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    enter();
    return FipsCipher.open(keys, additional, sealed);
  }

  @Override
  public byte[] random(int length) {
    enter();
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
