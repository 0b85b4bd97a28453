package dev.twinspan.ffi.crypto;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a back-end must get right before it carries a packet: every known answer, sealed and opened,
 * each with one bit wrong refused; every ESP packet alone and in a burst, since libraries take
 * different ways for few and for many; and for each transform, that what it encapsulates it
 * decapsulates to the same. Takes milliseconds on the native back-ends.
 */
final class SelfTest {
  private final EspBackend backend;

  private SelfTest(EspBackend backend) {
    this.backend = backend;
  }

  /**
   * @param answers how many were right
   * @param failure the first that was not, in words; null when all were
   */
  record Result(int answers, @Nullable String failure) {}

  static Result run(EspBackend backend, List<KnownAnswer> answers) {
    SelfTest test = new SelfTest(backend);
    int right = 0;
    for (KnownAnswer answer : answers) {
      String failure = test.check(answer);
      if (failure != null) {
        return new Result(right, failure + " of known answer " + answer.name());
      }
      right++;
    }
    for (EspTransform transform : EspTransform.values()) {
      String failure = SelfTestPackets.roundTrip(backend, transform);
      if (failure != null) {
        return new Result(right, failure + " of a round trip with " + transform);
      }
    }
    return new Result(right, null);
  }

  /** What was wrong, or null. */
  private @Nullable String check(KnownAnswer answer) {
    return switch (answer) {
      case KnownAnswer.Gcm gcm -> checkGcm(gcm);
      case KnownAnswer.Cbc cbc -> checkCbc(cbc);
      case KnownAnswer.Hmac hmac -> checkHmac(hmac);
      case KnownAnswer.Esp esp -> SelfTestPackets.check(backend, esp);
    };
  }

  private @Nullable String checkGcm(KnownAnswer.Gcm gcm) {
    EspTransform transform =
        switch (gcm.key().length) {
          case 16 -> EspTransform.AES_GCM_128;
          case 24 -> EspTransform.AES_GCM_192;
          default -> EspTransform.AES_GCM_256;
        };
    byte[] keyMaterial = concat(gcm.key(), Arrays.copyOf(gcm.nonce(), 4));
    byte[] iv = Arrays.copyOfRange(gcm.nonce(), 4, 12);
    byte[] sealed = concat(gcm.ciphertext(), gcm.tag());
    return checkRaw(transform, keyMaterial, iv, gcm.aad(), gcm.plaintext(), sealed);
  }

  private @Nullable String checkCbc(KnownAnswer.Cbc cbc) {
    EspTransform transform =
        switch (cbc.key().length) {
          case 16 -> EspTransform.AES_CBC_128_SHA256_128;
          case 24 -> EspTransform.AES_CBC_192_SHA256_128;
          default -> EspTransform.AES_CBC_256_SHA256_128;
        };
    byte[] keyMaterial = Arrays.copyOf(cbc.key(), transform.keyMaterialLength());
    byte[] none = new byte[0];
    byte[] sealed;
    try (EspEncryptor encryptor = backend.encryptor(transform, 1, keyMaterial, false)) {
      sealed = ((RawSeal) encryptor).sealRaw(cbc.iv(), none, cbc.plaintext());
    }
    if (!Arrays.equals(Arrays.copyOf(sealed, cbc.ciphertext().length), cbc.ciphertext())) {
      return "wrong ciphertext";
    }
    return checkRaw(transform, keyMaterial, cbc.iv(), none, cbc.plaintext(), sealed);
  }

  private @Nullable String checkHmac(KnownAnswer.Hmac hmac) {
    EspTransform transform =
        hmac.sha256() ? EspTransform.AES_CBC_128_SHA256_128 : EspTransform.AES_CBC_128_SHA1_96;
    byte[] keyMaterial = concat(new byte[transform.encryptionKeyLength()], hmac.key());
    byte[] iv = new byte[transform.ivLength()];
    return checkRaw(transform, keyMaterial, iv, hmac.data(), new byte[0], hmac.icv());
  }

  private @Nullable String checkRaw(
      EspTransform transform,
      byte[] keyMaterial,
      byte[] iv,
      byte[] aad,
      byte[] plaintext,
      byte[] sealed) {
    try (EspEncryptor encryptor = backend.encryptor(transform, 1, keyMaterial, false);
        EspDecryptor decryptor = backend.decryptor(transform, 1, keyMaterial, false)) {
      if (!Arrays.equals(((RawSeal) encryptor).sealRaw(iv, aad, plaintext), sealed)) {
        return "wrong ciphertext or ICV";
      }
      RawOpen open = (RawOpen) decryptor;
      if (!Arrays.equals(open.openRaw(iv, aad, sealed), plaintext)) {
        return "wrong plaintext, or refusal,";
      }
      byte[] forged = sealed.clone();
      forged[forged.length - 1] ^= 1;
      return open.openRaw(iv, aad, forged) == null ? null : "no refusal of a forgery";
    }
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
