package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Stand-ins with the shape of the real thing and none of its strength: a mixing function for HMAC,
 * Diffie-Hellman modulo 2^61-1, an XOR stream for AES. Lengths are the real ones, and a flipped bit
 * or a wrong key is noticed.
 */
public class FastCrypto implements IkeCrypto {
  /** 2^61-1, whose remainders take a shift and an addition. */
  private static final long PRIME = (1L << 61) - 1;

  private static final long GENERATOR = 37;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final SplittableRandom random;

  public FastCrypto(long seed) {
    random = new SplittableRandom(seed);
  }

  private record Pair(DhGroup group, long secret, byte[] share) implements KeyPair {}

  @Override
  public KeyPair keyPair(DhGroup group) {
    long secret = random.nextLong(2, PRIME - 1);
    return new Pair(group, secret, padded(power(GENERATOR, secret), group.shareLength()));
  }

  @Override
  public byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare {
    int length = own.group().shareLength();
    if (peerShare.length != length) {
      throw new InvalidKeyShare("length");
    }
    for (int i = 0; i < length - 8; i++) {
      if (peerShare[i] != 0) {
        throw new InvalidKeyShare("range");
      }
    }
    long theirs = (long) LONG.get(peerShare, length - 8);
    if (theirs <= 1 || theirs >= PRIME) {
      throw new InvalidKeyShare("range");
    }
    return padded(power(theirs, ((Pair) own).secret()), length);
  }

  private static byte[] padded(long value, int length) {
    byte[] padded = new byte[length];
    LONG.set(padded, length - 8, value);
    return padded;
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long bits = exponent; bits != 0; bits >>>= 1) {
      if ((bits & 1) != 0) {
        result = product(result, square);
      }
      square = product(square, square);
    }
    return result;
  }

  private static long product(long a, long b) {
    long low = a * b;
    long high = Math.multiplyHigh(a, b);
    long sum = (low & PRIME) + (low >>> 61 | high << 3);
    sum = (sum & PRIME) + (sum >>> 61);
    return sum == PRIME ? 0 : sum;
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

  /** {@code length} bytes that depend on every bit of what goes in. */
  private static byte[] digest(int length, long domain, byte[] key, byte[]... data) {
    Sponge sponge = new Sponge(domain);
    sponge.absorb(key);
    for (byte[] part : data) {
      sponge.absorb(part);
    }
    return sponge.squeeze(length);
  }

  /** prf(key, a, b) is prf(key, ab): no boundaries, as with the real one. Eight bytes at a time. */
  private static final class Sponge {
    private long state;
    private long pending;
    private int held;

    Sponge(long domain) {
      state = mix(0x9e3779b97f4a7c15L ^ domain);
    }

    void absorb(byte[] part) {
      int i = 0;
      while (held != 0 && i < part.length) {
        octet(part[i++]);
      }
      for (; i + 8 <= part.length; i += 8) {
        word((long) LONG.get(part, i));
      }
      while (i < part.length) {
        octet(part[i++]);
      }
    }

    private void octet(byte value) {
      pending = pending << 8 | value & 0xff;
      if (++held == 8) {
        word(pending);
        held = 0;
        pending = 0;
      }
    }

    private void word(long value) {
      long mixed = (state ^ value) * 0xbf58476d1ce4e5b9L;
      state = mixed ^ mixed >>> 29;
    }

    byte[] squeeze(int length) {
      int left = held;
      word(pending);
      word(left);
      byte[] out = new byte[(length + 7) / 8 * 8];
      for (int i = 0; i < out.length; i += 8) {
        state = mix(state + 0x9e3779b97f4a7c15L);
        LONG.set(out, i, state);
      }
      return out.length == length ? out : Arrays.copyOf(out, length);
    }
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
