package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.CipherOutputStream;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.SymmetricSecretKey;
import org.bouncycastle.crypto.UpdateOutputStream;
import org.bouncycastle.crypto.fips.FipsAES;
import org.jspecify.annotations.Nullable;

/**
 * The body of an SK payload: IV, ciphertext, ICV. AES-CBC with an HMAC over everything before the
 * ICV (RFC 7296 section 3.14), AES-GCM with the salt in front of the IV as its nonce (RFC 5282
 * section 4). Thread-safe.
 */
final class FipsCipher {
  private static final int GCM_TAG_BITS = 128;

  private FipsCipher() {}

  static byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    return switch (keys.cipher().encryption()) {
      case AES_CBC -> sealCbc(keys, additional, iv, plaintext);
      case AES_GCM_16 -> concat(iv, sealGcm(keys, additional, iv, plaintext));
    };
  }

  static byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    IkeCipher cipher = keys.cipher();
    Encryption encryption = cipher.encryption();
    int ciphertextLength = sealed.length - encryption.ivLength() - cipher.integrity().icvLength();
    if (ciphertextLength < 0 || ciphertextLength % encryption.blockLength() != 0) {
      return null;
    }
    byte[] iv = Arrays.copyOf(sealed, encryption.ivLength());
    return switch (encryption) {
      case AES_CBC -> openCbc(keys, additional, iv, sealed, ciphertextLength);
      case AES_GCM_16 ->
          openGcm(keys, additional, iv, Arrays.copyOfRange(sealed, iv.length, sealed.length));
    };
  }

  private static byte[] sealCbc(
      ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    byte[] ciphertext = cbc(keys, iv, plaintext, true);
    byte[] sealed = concat(iv, ciphertext);
    return concat(sealed, icv(keys, additional, sealed));
  }

  /** Integrity first: nothing is decrypted that is not the peer's. */
  private static byte @Nullable [] openCbc(
      ProtectionKeys keys, byte[] additional, byte[] iv, byte[] sealed, int ciphertextLength) {
    int icvAt = iv.length + ciphertextLength;
    byte[] seen = Arrays.copyOfRange(sealed, icvAt, sealed.length);
    byte[] expected = icv(keys, additional, Arrays.copyOf(sealed, icvAt));
    if (!MessageDigest.isEqual(expected, seen)) {
      return null;
    }
    return cbc(keys, iv, Arrays.copyOfRange(sealed, iv.length, icvAt), false);
  }

  private static byte[] icv(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    IkeCipher.Integrity integrity = keys.cipher().integrity();
    byte[] full = FipsMac.integrity(integrity, keys.integrityKey(), additional, sealed);
    return Arrays.copyOf(full, integrity.icvLength());
  }

  private static byte[] cbc(ProtectionKeys keys, byte[] iv, byte[] input, boolean encrypt) {
    SymmetricSecretKey key = new SymmetricSecretKey(FipsAES.CBC, keys.encryptionKey());
    var parameters = FipsAES.CBC.withIV(iv);
    var factory = new FipsAES.OperatorFactory();
    ByteArrayOutputStream out = new ByteArrayOutputStream(input.length);
    try {
      CipherOutputStream stream =
          encrypt
              ? factory.createOutputEncryptor(key, parameters).getEncryptingStream(out)
              : factory.createOutputDecryptor(key, parameters).getDecryptingStream(out);
      stream.update(input);
      stream.close();
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("AES-CBC over " + input.length + " bytes", e);
    } finally {
      FipsMac.destroy(key);
    }
  }

  private static byte[] sealGcm(
      ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    SymmetricSecretKey key = gcmKey(keys);
    try {
      var encryptor =
          new FipsAES.AEADOperatorFactory().createOutputAEADEncryptor(key, gcm(keys, iv));
      ByteArrayOutputStream out = new ByteArrayOutputStream(plaintext.length + GCM_TAG_BITS / 8);
      pump(encryptor.getAADStream(), additional, encryptor.getEncryptingStream(out), plaintext);
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("AES-GCM over " + plaintext.length + " bytes", e);
    } finally {
      FipsMac.destroy(key);
    }
  }

  private static byte @Nullable [] openGcm(
      ProtectionKeys keys, byte[] additional, byte[] iv, byte[] ciphertextAndTag) {
    SymmetricSecretKey key = gcmKey(keys);
    try {
      var decryptor =
          new FipsAES.AEADOperatorFactory().createOutputAEADDecryptor(key, gcm(keys, iv));
      ByteArrayOutputStream out = new ByteArrayOutputStream(ciphertextAndTag.length);
      pump(
          decryptor.getAADStream(),
          additional,
          decryptor.getDecryptingStream(out),
          ciphertextAndTag);
      return out.toByteArray();
    } catch (InvalidCipherTextException _) {
      return null;
    } catch (IOException e) {
      throw new IllegalStateException("AES-GCM over " + ciphertextAndTag.length + " bytes", e);
    } finally {
      FipsMac.destroy(key);
    }
  }

  private static void pump(
      UpdateOutputStream aad, byte[] additional, CipherOutputStream stream, byte[] input)
      throws IOException {
    aad.update(additional);
    stream.update(input);
    stream.close();
  }

  private static SymmetricSecretKey gcmKey(ProtectionKeys keys) {
    byte[] key = Arrays.copyOf(keys.encryptionKey(), keys.cipher().keyBits() / 8);
    SymmetricSecretKey secret = new SymmetricSecretKey(FipsAES.GCM, key);
    Arrays.fill(key, (byte) 0);
    return secret;
  }

  /** Nonce: the 4-byte salt behind the key, then the IV. */
  private static FipsAES.AuthParameters gcm(ProtectionKeys keys, byte[] iv) {
    byte[] salt =
        Arrays.copyOfRange(
            keys.encryptionKey(), keys.cipher().keyBits() / 8, keys.encryptionKey().length);
    return FipsAES.GCM.withIV(concat(salt, iv)).withMACSize(GCM_TAG_BITS);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
