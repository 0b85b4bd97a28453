package dev.twinspan.datapath;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and opens single AES-256-GCM ESP packets as RFC 4303 and 4106 draw them, by javax.crypto:
 * what an honest sender would never send, and a check that does not rest on the back-ends.
 */
final class EspCraft {
  private static final int HEADER = 8;
  private static final int IV = 8;
  private static final int ICV = 16;

  private EspCraft() {}

  /** RFC 4303's trailer: padding 1, 2, 3 … to a multiple of 4, its length, next header. */
  static byte[] seal(byte[] keys, int spi, long sequence, byte[] payload, int nextHeader) {
    int padding = -(payload.length + 2) & 3;
    byte[] text = Arrays.copyOf(payload, payload.length + padding + 2);
    for (int i = 0; i < padding; i++) {
      text[payload.length + i] = (byte) (i + 1);
    }
    text[text.length - 2] = (byte) padding;
    text[text.length - 1] = (byte) nextHeader;
    return sealText(keys, spi, sequence, text);
  }

  /** With whatever trailer the text ends in. */
  static byte[] sealText(byte[] keys, int spi, long sequence, byte[] text) {
    ByteBuffer packet = ByteBuffer.allocate(HEADER + IV + text.length + ICV);
    packet.putInt(spi).putInt((int) sequence).putLong(sequence);
    byte[] iv = Arrays.copyOfRange(packet.array(), HEADER, HEADER + IV);
    packet.put(crypt(Cipher.ENCRYPT_MODE, keys, packet.array(), iv, text));
    return packet.array();
  }

  /** The text with its trailer. */
  static byte[] open(byte[] keys, byte[] packet) {
    byte[] iv = Arrays.copyOfRange(packet, HEADER, HEADER + IV);
    byte[] sealed = Arrays.copyOfRange(packet, HEADER + IV, packet.length);
    return crypt(Cipher.DECRYPT_MODE, keys, packet, iv, sealed);
  }

  private static byte[] crypt(int mode, byte[] keys, byte[] packet, byte[] iv, byte[] input) {
    byte[] nonce = ByteBuffer.allocate(12).put(keys, 32, 4).put(iv).array();
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          mode, new SecretKeySpec(keys, 0, 32, "AES"), new GCMParameterSpec(ICV * 8, nonce));
      cipher.updateAAD(packet, 0, HEADER);
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
