package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The SKF payload, RFC 7383 section 2.5: like SK, with two fields more, and a piece of the payloads
 * inside instead of all of them. Next Payload names the message's first payload in fragment 1 and
 * is 0 in the others.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Fragment Number        |        Total Fragments        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     Initialization Vector                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      Encrypted content                        ~
 * +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               |             Padding (0-255 octets)            |
 * +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 * |                                               |  Pad Length   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Integrity Checksum Data                    ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * Everything from the IKE header up to the IV, the two numbers included, is authenticated.
 */
final class FragmentPayload {
  private static final int NUMBERS = 4;
  private static final int MOST = 0xffff;

  private FragmentPayload() {}

  private record Outline(
      HeaderCodec.Wire wire, int firstPayload, IkeFragment.Number number, WireReader body) {}

  /** Lengths and numbers; nothing is proven. */
  private static Outline outline(byte[] datagram) throws Malformed {
    WireReader in = new WireReader(datagram, "IKE header");
    HeaderCodec.Wire wire = HeaderCodec.decode(in);
    int firstPayload = EncryptedPayload.skipTo(PayloadType.SKF, in, wire.nextPayload());
    int number = in.u16();
    int total = in.u16();
    if (number == 0 || number > total) {
      throw Malformed.syntax("fragment number", number, "1 to the total of " + total);
    }
    return new Outline(wire, firstPayload, new IkeFragment.Number(number, total), in);
  }

  static IkeFragment.@Nullable Number number(byte[] datagram) {
    try {
      return outline(datagram).number;
    } catch (Malformed _) {
      return null;
    }
  }

  static IkeFragment open(byte[] datagram, IkeCrypto crypto, ProtectionKeys keys) throws Malformed {
    Outline outline;
    byte[] plaintext;
    int body;
    try {
      outline = outline(datagram);
      body = outline.body.offset();
      plaintext =
          EncryptedPayload.decrypted(
              crypto, keys, Arrays.copyOf(datagram, body), outline.body.rest());
    } catch (Malformed _) {
      // Whoever can send a datagram can cause these: they must not look like the peer's errors.
      throw EncryptedPayload.unprotected();
    }
    EncryptedPayload.checkOutside(
        datagram, outline.wire.nextPayload(), PayloadType.SKF, body - NUMBERS);
    return new IkeFragment(
        outline.wire.header(),
        outline.number,
        outline.firstPayload,
        EncryptedPayload.unpadded(plaintext).rest());
  }

  static List<byte[]> seal(
      int largest,
      IkeMessage message,
      IkeCrypto crypto,
      ProtectionKeys keys,
      Supplier<byte[]> ivs) {
    WireWriter out = new WireWriter();
    PayloadChain.encode(out, message.payloads());
    byte[] content = out.toByteArray();
    int block = keys.cipher().encryption().blockLength();
    int whole = (content.length + block) / block * block; // one byte of pad length at least
    if (overhead(keys.cipher()) - NUMBERS + whole <= largest) {
      return List.of(EncryptedPayload.seal(message, crypto, keys, ivs.get()));
    }
    int share = (largest - overhead(keys.cipher())) / block * block - 1;
    if (share < 1) {
      throw new IllegalArgumentException("no fragment fits " + largest + " bytes");
    }
    int total = (content.length + share - 1) / share;
    if (total > MOST) {
      throw new IllegalArgumentException("message of " + total + " fragments, at most " + MOST);
    }
    List<byte[]> datagrams = new ArrayList<>(total);
    for (int number = 1; number <= total; number++) {
      int start = (number - 1) * share;
      byte[] piece = Arrays.copyOfRange(content, start, Math.min(start + share, content.length));
      int first = number == 1 ? PayloadChain.firstType(message.payloads()) : PayloadType.NONE;
      datagrams.add(
          seal(
              new IkeFragment(
                  message.header(), new IkeFragment.Number(number, total), first, piece),
              crypto,
              keys,
              ivs.get()));
    }
    return List.copyOf(datagrams);
  }

  /** All of a fragment that is not content and padding. */
  private static int overhead(IkeCipher cipher) {
    return IkeHeader.LENGTH
        + PayloadChain.HEADER
        + NUMBERS
        + cipher.encryption().ivLength()
        + cipher.integrity().icvLength();
  }

  static byte[] seal(IkeFragment fragment, IkeCrypto crypto, ProtectionKeys keys, byte[] iv) {
    IkeCipher cipher = keys.cipher();
    EncryptedPayload.checkIv(cipher, iv);
    WireWriter content = new WireWriter().bytes(fragment.content());
    byte[] plaintext = EncryptedPayload.padded(content, cipher.encryption().blockLength());
    int length = overhead(cipher) + plaintext.length;
    WireWriter out = new WireWriter();
    HeaderCodec.encode(out, fragment.header(), PayloadType.SKF, length);
    out.u8(fragment.firstPayload())
        .u8(0)
        .u16(length - IkeHeader.LENGTH)
        .u16(fragment.number().number())
        .u16(fragment.number().total());
    byte[] sealed = crypto.seal(keys, out.toByteArray(), iv, plaintext);
    return out.bytes(sealed).toByteArray();
  }
}
