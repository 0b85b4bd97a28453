package dev.twinspan.ffi.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * One SA's keys and ciphers from the JDK's own providers. The keys live on the Java heap, neither
 * locked nor surely erased: this is the last resort and the test oracle.
 */
sealed interface JceCipher {
  static JceCipher of(EspTransform transform, byte[] keyMaterial, boolean esn) {
    transform.checkKeyMaterial(keyMaterial);
    try {
      return transform.isAead()
          ? new Gcm(transform, keyMaterial, esn)
          : new CbcHmac(transform, keyMaterial, esn);
    } catch (GeneralSecurityException e) {
      throw new EspBackendException("the JDK has no %s".formatted(transform), e);
    }
  }

  /** The finished ESP packet of {@code text}, which ends with pad length and next header. */
  byte[] protect(int spi, long sequence, byte[] text) throws GeneralSecurityException;

  /** The text of an ESP packet, or null when the ICV is wrong. */
  byte @Nullable [] unprotect(byte[] packet, int sequenceHigh) throws GeneralSecurityException;

  /** {@link RawSeal#sealRaw}. */
  byte[] seal(byte[] iv, byte[] aad, byte[] text) throws GeneralSecurityException;

  /** {@link RawOpen#openRaw}. */
  byte @Nullable [] open(byte[] iv, byte[] aad, byte[] sealed) throws GeneralSecurityException;

  /** RFC 4106. */
  final class Gcm implements JceCipher {
    private static final int TAG_BITS = 128;

    private final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    private final SecretKeySpec key;
    private final byte[] salt;
    private final boolean esn;

    Gcm(EspTransform transform, byte[] keyMaterial, boolean esn) throws GeneralSecurityException {
      int length = transform.encryptionKeyLength();
      key = new SecretKeySpec(keyMaterial, 0, length, "AES");
      salt = Arrays.copyOfRange(keyMaterial, length, keyMaterial.length);
      this.esn = esn;
    }

    @Override
    public byte[] protect(int spi, long sequence, byte[] text) throws GeneralSecurityException {
      byte[] iv = ByteBuffer.allocate(8).putLong(sequence).array();
      byte[] sealed = seal(iv, aad(spi, sequence), text);
      return ByteBuffer.allocate(16 + sealed.length)
          .putInt(spi)
          .putInt((int) sequence)
          .put(iv)
          .put(sealed)
          .array();
    }

    @Override
    public byte @Nullable [] unprotect(byte[] packet, int sequenceHigh)
        throws GeneralSecurityException {
      ByteBuffer header = ByteBuffer.wrap(packet);
      int spi = header.getInt();
      long sequence = (long) sequenceHigh << 32 | Integer.toUnsignedLong(header.getInt());
      byte[] iv = Arrays.copyOfRange(packet, 8, 16);
      return open(iv, aad(spi, sequence), Arrays.copyOfRange(packet, 16, packet.length));
    }

    private byte[] aad(int spi, long sequence) {
      return esn
          ? ByteBuffer.allocate(12).putInt(spi).putLong(sequence).array()
          : ByteBuffer.allocate(8).putInt(spi).putInt((int) sequence).array();
    }

    @Override
    public byte[] seal(byte[] iv, byte[] aad, byte[] text) throws GeneralSecurityException {
      start(Cipher.ENCRYPT_MODE, iv, aad);
      return cipher.doFinal(text);
    }

    @Override
    public byte @Nullable [] open(byte[] iv, byte[] aad, byte[] sealed)
        throws GeneralSecurityException {
      start(Cipher.DECRYPT_MODE, iv, aad);
      try {
        return cipher.doFinal(sealed);
      } catch (AEADBadTagException _) {
        return null;
      }
    }

    private void start(int mode, byte[] iv, byte[] aad) throws GeneralSecurityException {
      byte[] nonce = ByteBuffer.allocate(12).put(salt).put(iv).array();
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(aad);
    }
  }

  /** RFC 3602 with RFC 2404 or RFC 4868. */
  final class CbcHmac implements JceCipher {
    private static final int BLOCK = 16;

    private final Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
    private final SecretKeySpec key;
    private final Mac mac;
    private final int icvLength;
    private final boolean esn;

    CbcHmac(EspTransform transform, byte[] keyMaterial, boolean esn)
        throws GeneralSecurityException {
      int length = transform.encryptionKeyLength();
      key = new SecretKeySpec(keyMaterial, 0, length, "AES");
      mac =
          mac(
              transform,
              new SecretKeySpec(keyMaterial, length, keyMaterial.length - length, "HMAC"));
      icvLength = transform.icvLength();
      this.esn = esn;
    }

    private static Mac mac(EspTransform transform, SecretKeySpec key)
        throws GeneralSecurityException, InvalidKeyException {
      Mac mac = Mac.getInstance(transform.integrityKeyLength() == 20 ? "HmacSHA1" : "HmacSHA256");
      mac.init(key);
      return mac;
    }

    /** The IV is the sequence number's encryption, as twinspan_esp.h explains. */
    @Override
    public byte[] protect(int spi, long sequence, byte[] text) throws GeneralSecurityException {
      byte[] nonceAndText =
          ByteBuffer.allocate(BLOCK + text.length).putLong(0).putLong(sequence).put(text).array();
      byte[] ivAndText = crypt(Cipher.ENCRYPT_MODE, new byte[BLOCK], nonceAndText);
      ByteBuffer packet = ByteBuffer.allocate(8 + ivAndText.length + icvLength);
      packet.putInt(spi).putInt((int) sequence).put(ivAndText);
      byte[] icv = icv(packet.array(), packet.position(), (int) (sequence >>> 32));
      return packet.put(icv).array();
    }

    @Override
    public byte @Nullable [] unprotect(byte[] packet, int sequenceHigh)
        throws GeneralSecurityException {
      int authenticated = packet.length - icvLength;
      byte[] received = Arrays.copyOfRange(packet, authenticated, packet.length);
      if (!MessageDigest.isEqual(icv(packet, authenticated, sequenceHigh), received)) {
        return null;
      }
      byte[] iv = Arrays.copyOfRange(packet, 8, 8 + BLOCK);
      return crypt(Cipher.DECRYPT_MODE, iv, Arrays.copyOfRange(packet, 8 + BLOCK, authenticated));
    }

    private byte[] icv(byte[] packet, int length, int sequenceHigh) {
      mac.update(packet, 0, length);
      if (esn) {
        mac.update(ByteBuffer.allocate(4).putInt(sequenceHigh).array());
      }
      return Arrays.copyOf(mac.doFinal(), icvLength);
    }

    private byte[] crypt(int mode, byte[] iv, byte[] text) throws GeneralSecurityException {
      cipher.init(mode, key, new IvParameterSpec(iv));
      return cipher.doFinal(text);
    }

    @Override
    public byte[] seal(byte[] iv, byte[] aad, byte[] text) throws GeneralSecurityException {
      byte[] sealed = Arrays.copyOf(crypt(Cipher.ENCRYPT_MODE, iv, text), text.length + icvLength);
      System.arraycopy(mac.doFinal(aad), 0, sealed, text.length, icvLength);
      return sealed;
    }

    @Override
    public byte @Nullable [] open(byte[] iv, byte[] aad, byte[] sealed)
        throws GeneralSecurityException {
      int length = sealed.length - icvLength;
      byte[] icv = Arrays.copyOf(mac.doFinal(aad), icvLength);
      return MessageDigest.isEqual(icv, Arrays.copyOfRange(sealed, length, sealed.length))
          ? crypt(Cipher.DECRYPT_MODE, iv, Arrays.copyOf(sealed, length))
          : null;
    }
  }
}
