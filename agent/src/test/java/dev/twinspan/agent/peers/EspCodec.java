package dev.twinspan.agent.peers;

import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.ffi.crypto.EspTransform;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * ESP tunnel packets one by one, in the JDK's cryptography (RFC 4303, 4106, 3602, 2404, 4868):
 * slow, plain, and nothing of ours but the keys, which is what it is to prove.
 */
final class EspCodec {
  private static final int HEADER = 8;
  private static final byte IPV4 = 4;

  private final SecureRandom random = new SecureRandom();
  private final Map<Integer, Integer> sequences = new HashMap<>();

  byte[] seal(InstallChild child, byte[] inner) {
    EspTransform transform = child.transform();
    byte[] head =
        ByteBuffer.allocate(HEADER)
            .putInt(child.outboundSpi())
            .putInt(sequences.merge(child.outboundSpi(), 1, Integer::sum))
            .array();
    byte[] iv = new byte[transform.ivLength()];
    random.nextBytes(iv);
    int padLength =
        (transform.alignment() - (inner.length + 2) % transform.alignment())
            % transform.alignment();
    byte[] plain = Arrays.copyOf(inner, inner.length + padLength + 2);
    for (int i = 0; i < padLength; i++) {
      plain[inner.length + i] = (byte) (i + 1);
    }
    plain[plain.length - 2] = (byte) padLength;
    plain[plain.length - 1] = IPV4;
    try {
      byte[] ciphertext =
          cipher(Cipher.ENCRYPT_MODE, transform, child.outboundKeys(), head, iv).doFinal(plain);
      byte[] packet = concat(head, iv, ciphertext);
      return transform.isAead()
          ? packet
          : concat(packet, icv(transform, child.outboundKeys(), packet));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The inner packet, or null when it is not authentic. */
  byte @Nullable [] open(InstallChild child, byte[] packet) {
    EspTransform transform = child.transform();
    int trailer = transform.isAead() ? 0 : transform.icvLength();
    byte[] head = Arrays.copyOf(packet, HEADER);
    byte[] iv = Arrays.copyOfRange(packet, HEADER, HEADER + transform.ivLength());
    int end = packet.length - trailer;
    if (!transform.isAead()) {
      byte[] seen = Arrays.copyOfRange(packet, end, packet.length);
      if (!Arrays.equals(seen, icv(transform, child.inboundKeys(), Arrays.copyOf(packet, end)))) {
        return null;
      }
    }
    try {
      byte[] plain =
          cipher(Cipher.DECRYPT_MODE, transform, child.inboundKeys(), head, iv)
              .doFinal(Arrays.copyOfRange(packet, HEADER + iv.length, end));
      return Arrays.copyOf(plain, plain.length - 2 - (plain[plain.length - 2] & 0xff));
    } catch (GeneralSecurityException _) {
      return null;
    }
  }

  private static Cipher cipher(
      int mode, EspTransform transform, byte[] keys, byte[] head, byte[] iv)
      throws GeneralSecurityException {
    int keyLength = transform.encryptionKeyLength();
    SecretKeySpec key = new SecretKeySpec(keys, 0, keyLength, "AES");
    if (!transform.isAead()) {
      Cipher cbc = Cipher.getInstance("AES/CBC/NoPadding");
      cbc.init(mode, key, new IvParameterSpec(iv));
      return cbc;
    }
    byte[] salt = Arrays.copyOfRange(keys, keyLength, keyLength + transform.saltLength());
    Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
    gcm.init(mode, key, new GCMParameterSpec(128, concat(salt, iv)));
    gcm.updateAAD(head);
    return gcm;
  }

  private static byte[] icv(EspTransform transform, byte[] keys, byte[] packet) {
    String name = transform.integrityKeyLength() == 20 ? "HmacSHA1" : "HmacSHA256";
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(
          new SecretKeySpec(
              keys, transform.encryptionKeyLength(), transform.integrityKeyLength(), name));
      return Arrays.copyOf(mac.doFinal(packet), transform.icvLength());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] concat(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
