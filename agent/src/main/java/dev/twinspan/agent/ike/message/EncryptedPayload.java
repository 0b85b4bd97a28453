package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.wire.WireWriter;
import java.util.Arrays;

/**
 * The SK payload, RFC 7296 section 3.14 (AES-CBC with an HMAC) and RFC 5282 (AES-GCM). It is the
 * last of its message; its Next Payload names the first payload inside.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     Initialization Vector                     |
 * |         (length is block size for encryption algorithm)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Encrypted IKE Payloads                     ~
 * +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               |             Padding (0-255 octets)            |
 * +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 * |                                               |  Pad Length   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Integrity Checksum Data                    ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * Everything from the IKE header up to the IV is authenticated with it in both kinds.
 */
final class EncryptedPayload {
  /** An IKE message must fit a UDP datagram over IPv4, behind a non-ESP marker. */
  private static final int MESSAGE_MAX = 65_535 - 20 - 8 - 4;

  private EncryptedPayload() {}

  /** A message whose ICV is right. */
  private record Verified(HeaderCodec.Wire wire, int innerType, int skBody, byte[] plaintext) {}

  static IkeMessage open(byte[] datagram, IkeCrypto crypto, ProtectionKeys keys) throws Malformed {
    Verified verified;
    try {
      verified = verify(datagram, crypto, keys);
    } catch (Malformed _) {
      // Whoever can send a datagram can cause these: they must not look like the peer's errors.
      throw unprotected();
    }
    checkOutside(datagram, verified.wire.nextPayload(), PayloadType.SK, verified.skBody);
    return new IkeMessage(
        verified.wire.header(),
        PayloadChain.decode(unpadded(verified.plaintext), verified.innerType));
  }

  private static Verified verify(byte[] datagram, IkeCrypto crypto, ProtectionKeys keys)
      throws Malformed {
    WireReader in = new WireReader(datagram, "IKE header");
    HeaderCodec.Wire wire = HeaderCodec.decode(in);
    int innerType = skipTo(PayloadType.SK, in, wire.nextPayload());
    int skBody = in.offset();
    byte[] additional = Arrays.copyOf(datagram, skBody);
    return new Verified(wire, innerType, skBody, decrypted(crypto, keys, additional, in.rest()));
  }

  /**
   * Walks over what stands before SK or SKF, by lengths only: nothing of it is believed yet. It
   * must reach to the end.
   *
   * @return type of the first payload inside
   */
  static int skipTo(int wanted, WireReader in, int firstType) throws Malformed {
    int type = firstType;
    for (int count = 1; type != PayloadType.NONE && type != wanted; count++) {
      Malformed.limit("payloads", count, Limits.PAYLOADS);
      type = PayloadChain.link(in, type).nextPayload();
    }
    if (type == PayloadType.NONE) {
      throw unprotected();
    }
    int innerType = in.u8();
    in.skip(1);
    if (in.u16() != in.remaining() + PayloadChain.HEADER) {
      throw unprotected();
    }
    return innerType;
  }

  static byte[] decrypted(IkeCrypto crypto, ProtectionKeys keys, byte[] additional, byte[] sealed)
      throws Malformed {
    IkeCipher cipher = keys.cipher();
    int block = cipher.encryption().blockLength();
    int ciphertext =
        sealed.length - cipher.encryption().ivLength() - cipher.integrity().icvLength();
    if (ciphertext < block || ciphertext % block != 0) {
      throw unprotected();
    }
    byte[] plaintext = crypto.open(keys, additional, sealed);
    if (plaintext == null) {
      throw unprotected();
    }
    return plaintext;
  }

  /**
   * What follows IKE_SA_INIT goes inside SK (section 1.2). A payload outside that is known here is
   * refused rather than mixed with the protected ones; an unknown one is ignored like any other.
   */
  static void checkOutside(byte[] datagram, int firstType, int last, int end) throws Malformed {
    WireReader in = new WireReader(datagram, IkeHeader.LENGTH, end, "message");
    int type = firstType;
    while (type != last) {
      PayloadChain.Link link = PayloadChain.link(in, type);
      if (PayloadType.isKnown(type)) {
        throw Malformed.syntax("payload before SK", type, "all payloads inside SK");
      }
      PayloadChain.payload(type, link);
      type = link.nextPayload();
    }
  }

  /** Any padding within its block or beyond is accepted, whatever its bytes (section 3.14). */
  static WireReader unpadded(byte[] plaintext) throws Malformed {
    int padLength = plaintext[plaintext.length - 1] & 0xff;
    int end = plaintext.length - 1 - padLength;
    if (end < 0) {
      throw Malformed.syntax("pad length of SK", padLength, "at most " + (plaintext.length - 1));
    }
    return new WireReader(plaintext, 0, end, "SK");
  }

  static Malformed unprotected() {
    return new Malformed(new DecodeError.AuthenticationFailed());
  }

  static byte[] seal(IkeMessage message, IkeCrypto crypto, ProtectionKeys keys, byte[] iv) {
    IkeCipher cipher = keys.cipher();
    checkIv(cipher, iv);
    WireWriter content = new WireWriter();
    PayloadChain.encode(content, message.payloads());
    byte[] plaintext = padded(content, cipher.encryption().blockLength());
    int sk = PayloadChain.HEADER + iv.length + plaintext.length + cipher.integrity().icvLength();
    int length = IkeHeader.LENGTH + sk;
    if (length > MESSAGE_MAX) {
      throw new IllegalArgumentException("message of " + length + " bytes, at most " + MESSAGE_MAX);
    }
    WireWriter out = new WireWriter();
    HeaderCodec.encode(out, message.header(), PayloadType.SK, length);
    out.u8(PayloadChain.firstType(message.payloads())).u8(0).u16(sk);
    byte[] sealed = crypto.seal(keys, out.toByteArray(), iv, plaintext);
    return out.bytes(sealed).toByteArray();
  }

  static void checkIv(IkeCipher cipher, byte[] iv) {
    if (iv.length != cipher.encryption().ivLength()) {
      throw new IllegalArgumentException(
          "IV of "
              + iv.length
              + " bytes, "
              + cipher.encryption()
              + " takes "
              + cipher.encryption().ivLength());
    }
  }

  /** As little padding as the block asks for; GCM has none (RFC 5282 section 3). */
  static byte[] padded(WireWriter out, int block) {
    int padLength = (block - (out.length() + 1) % block) % block;
    return out.zeros(padLength).u8(padLength).toByteArray();
  }
}
