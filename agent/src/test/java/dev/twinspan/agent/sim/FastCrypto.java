package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Stand-ins with the shape of the real thing and none of its strength: a mixing function for HMAC,
 * Diffie-Hellman modulo 2^61-1, an XOR stream for AES. Lengths are the real ones, and a flipped bit
 * or a wrong key is noticed.
 */
public class FastCrypto implements IkeCrypto {
  private static final BigInteger PRIME = BigInteger.ONE.shiftLeft(61).subtract(BigInteger.ONE);
  private static final BigInteger GENERATOR = BigInteger.valueOf(37);

  private final Random random;

  public FastCrypto(long seed) {
    random = new Random(seed);
  }

  private record Pair(DhGroup group, BigInteger secret, byte[] share) implements KeyPair {}

  @Override
  public KeyPair keyPair(DhGroup group) {
    BigInteger secret = new BigInteger(60, random).add(BigInteger.TWO);
    byte[] share = new byte[group.shareLength()];
    long power = GENERATOR.modPow(secret, PRIME).longValueExact();
    ByteBuffer.wrap(share).putLong(share.length - 8, power);
    return new Pair(group, secret, share);
  }

  @Override
  public byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare {
    if (peerShare.length != own.group().shareLength()) {
      throw new InvalidKeyShare("length");
    }
    BigInteger theirs = new BigInteger(1, peerShare);
    if (theirs.bitLength() > 61 || theirs.compareTo(BigInteger.ONE) <= 0) {
      throw new InvalidKeyShare("range");
    }
    BigInteger secret = theirs.modPow(((Pair) own).secret(), PRIME);
    byte[] padded = new byte[own.group().shareLength()];
    ByteBuffer.wrap(padded).putLong(padded.length - 8, secret.longValueExact());
    return padded;
  }

  @Override
  public byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data) {
    return digest(prf.length(), prf.id(), key, data);
  }

  @Override
  public byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed) {
    return digest(length, 1000 + prf.id(), key, seed);
  }

  @Override
  public byte[] sha1(byte[]... data) {
    return digest(20, 1, new byte[0], data);
  }

  @Override
  public byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    IkeCipher cipher = keys.cipher();
    byte[] ciphertext = crypt(keys, iv, plaintext);
    byte[] icv = icv(keys, additional, iv, ciphertext);
    return ByteBuffer.allocate(iv.length + ciphertext.length + icv.length)
        .put(iv)
        .put(ciphertext)
        .put(icv)
        .array();
  }

  @Override
  public byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    int ivLength = keys.cipher().encryption().ivLength();
    int icvLength = keys.cipher().integrity().icvLength();
    byte[] iv = Arrays.copyOf(sealed, ivLength);
    byte[] ciphertext = Arrays.copyOfRange(sealed, ivLength, sealed.length - icvLength);
    byte[] icv = Arrays.copyOfRange(sealed, sealed.length - icvLength, sealed.length);
    return Arrays.equals(icv, icv(keys, additional, iv, ciphertext))
        ? crypt(keys, iv, ciphertext)
        : null;
  }

  private static byte[] icv(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] ciphertext) {
    return digest(
        keys.cipher().integrity().icvLength(),
        2,
        keys.encryptionKey(),
        keys.integrityKey(),
        additional,
        iv,
        ciphertext);
  }

  private static byte[] crypt(ProtectionKeys keys, byte[] iv, byte[] text) {
    byte[] stream = digest(text.length, 3, keys.encryptionKey(), iv);
    for (int i = 0; i < text.length; i++) {
      stream[i] ^= text[i];
    }
    return stream;
  }

  @Override
  public byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** {@code length} bytes that depend on every bit and boundary of what goes in. */
  private static byte[] digest(int length, long domain, byte[] key, byte[]... data) {
    long state = mix(0x9e3779b97f4a7c15L ^ domain);
    state = absorb(state, key);
    for (byte[] part : data) {
      state = absorb(state, part);
    }
    ByteBuffer out = ByteBuffer.allocate((length + 7) / 8 * 8);
    while (out.hasRemaining()) {
      state = mix(state + 0x9e3779b97f4a7c15L);
      out.putLong(state);
    }
    return Arrays.copyOf(out.array(), length);
  }

  /** prf(key, a, b) is prf(key, ab): no boundaries, as with the real one. */
  private static long absorb(long state, byte[] part) {
    long mixed = state;
    for (byte b : part) {
      mixed = (mixed ^ (b & 0xff)) * 0x100000001b3L;
      mixed ^= mixed >>> 29;
    }
    return mixed;
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
