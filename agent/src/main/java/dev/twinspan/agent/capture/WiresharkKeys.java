package dev.twinspan.agent.capture;

import dev.twinspan.agent.ike.IkeAction.IkeKeyed;
import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.ffi.crypto.EspTransform;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Keys as lines of Wireshark's tables {@code ikev2_decryption_table} and {@code esp_sa}. Bytes, not
 * strings, so that whoever is done with them can zero them.
 */
final class WiresharkKeys {
  /** Longer than any line. */
  private static final int MAX = 512;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private WiresharkKeys() {}

  /** {@code SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"}. */
  static byte[] ike(IkeKeyed keyed) {
    IkeCipher cipher = keyed.initiator().cipher();
    ByteBuffer line = ByteBuffer.allocate(MAX);
    HexFormat hex = HexFormat.of();
    text(line, hex.toHexDigits(keyed.initiatorSpi()) + ",");
    text(line, hex.toHexDigits(keyed.responderSpi()) + ",");
    hex(line, keyed.initiator().encryptionKey(), 0, keyed.initiator().encryptionKey().length);
    text(line, ",");
    hex(line, keyed.responder().encryptionKey(), 0, keyed.responder().encryptionKey().length);
    text(line, ",\"" + encryption(cipher) + "\",");
    hex(line, keyed.initiator().integrityKey(), 0, keyed.initiator().integrityKey().length);
    text(line, ",");
    hex(line, keyed.responder().integrityKey(), 0, keyed.responder().integrityKey().length);
    text(line, ",\"" + integrity(cipher) + "\"\n");
    return taken(line);
  }

  private static String encryption(IkeCipher cipher) {
    return cipher.encryption() == Encryption.AES_GCM_16
        ? "AES-GCM-%d with 16 octet ICV [RFC5282]".formatted(cipher.keyBits())
        : "AES-CBC-%d [RFC3602]".formatted(cipher.keyBits());
  }

  private static String integrity(IkeCipher cipher) {
    return switch (cipher.integrity()) {
      case NONE -> "NONE [RFC4306]";
      case HMAC_SHA1_96 -> "HMAC_SHA1_96 [RFC2404]";
      case HMAC_SHA2_256_128 -> "HMAC_SHA2_256_128 [RFC4868]";
      case HMAC_SHA2_384_192 -> "HMAC_SHA2_384_192 [RFC4868]";
    };
  }

  /** Both directions of a CHILD SA, whatever addresses its peer moves to. */
  static byte[] esp(InstallChild child) {
    ByteBuffer lines = ByteBuffer.allocate(2 * MAX);
    boolean v6 = child.remote().getAddress().getAddress().length == 16;
    esp(lines, v6, child, child.inboundSpi(), child.inboundKeys());
    esp(lines, v6, child, child.outboundSpi(), child.outboundKeys());
    return taken(lines);
  }

  /** {@code "IPv4","source","destination","SPI","encryption","key","authentication","key"}. */
  private static void esp(ByteBuffer line, boolean v6, InstallChild child, int spi, byte[] keys) {
    EspTransform transform = child.transform();
    boolean gcm = transform.integrityKeyLength() == 0;
    int encryption = transform.encryptionKeyLength() + transform.saltLength();
    text(line, "\"IPv%d\",\"*\",\"*\",\"0x%08x\",\"".formatted(v6 ? 6 : 4, spi));
    text(line, gcm ? "AES-GCM with 16 octet ICV [RFC4106]" : "AES-CBC [RFC3602]");
    text(line, "\",\"0x");
    hex(line, keys, 0, encryption);
    text(line, "\",\"");
    text(
        line,
        switch (transform.integrityKeyLength()) {
          case 0 -> "NULL\",\"\"";
          case 20 -> "HMAC-SHA-1-96 [RFC2404]\",\"0x";
          default -> "HMAC-SHA-256-128 [RFC4868]\",\"0x";
        });
    if (!gcm) {
      hex(line, keys, encryption, keys.length);
      text(line, "\"");
    }
    // Wireshark before 4.2 knows 8 fields and says so when there are more; ESN needs them.
    text(line, child.esn() ? ",\"64-bit\",\"0\"\n" : "\n");
  }

  private static void text(ByteBuffer line, String text) {
    line.put(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void hex(ByteBuffer line, byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      line.put(HEX[bytes[i] >>> 4 & 0xF]).put(HEX[bytes[i] & 0xF]);
    }
  }

  private static byte[] taken(ByteBuffer line) {
    byte[] bytes = Arrays.copyOf(line.array(), line.position());
    Arrays.fill(line.array(), (byte) 0);
    return bytes;
  }
}
