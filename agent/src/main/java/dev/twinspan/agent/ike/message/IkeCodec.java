package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.wire.WireWriter;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Between bytes and {@link IkeMessage}: pure functions, any thread. Decoding never throws, copies
 * what it keeps and validates once; encoding takes what the engine built and throws {@link
 * IllegalArgumentException} for what cannot be put on the wire.
 *
 * <p>A datagram here is the IKE message alone: the non-ESP marker of port 4500 is off already.
 */
public final class IkeCodec {
  private IkeCodec() {}

  /**
   * The IKE header alone, to find the SA before any cost. That its length is the datagram's is
   * checked.
   */
  public static DecodeResult<IkeHeader> header(byte[] datagram) {
    try {
      return new DecodeResult.Decoded<>(
          HeaderCodec.decode(new WireReader(datagram, "IKE header")).header());
    } catch (Malformed e) {
      return new DecodeResult.Failed<>(e.error());
    }
  }

  /** A message in the clear: IKE_SA_INIT, or a notification outside of any SA. */
  public static DecodeResult<IkeMessage> decode(byte[] datagram) {
    try {
      WireReader in = new WireReader(datagram, "IKE header");
      HeaderCodec.Wire wire = HeaderCodec.decode(in);
      return new DecodeResult.Decoded<>(
          new IkeMessage(wire.header(), PayloadChain.decode(in, wire.nextPayload())));
    } catch (Malformed e) {
      return new DecodeResult.Failed<>(e.error());
    }
  }

  /**
   * Verifies, decrypts and decodes a message whose last payload is SK.
   *
   * <p>Until its ICV is found right, a message says nothing about the peer, and whatever is wrong
   * with it is {@link DecodeError.AuthenticationFailed}: to be dropped in silence. Every other
   * error comes from the peer itself and may be answered (RFC 7296 section 2.21.2).
   *
   * @param keys of the direction the message came in
   */
  public static DecodeResult<IkeMessage> open(
      byte[] datagram, IkeCrypto crypto, ProtectionKeys keys) {
    try {
      return new DecodeResult.Decoded<>(EncryptedPayload.open(datagram, crypto, keys));
    } catch (Malformed e) {
      return new DecodeResult.Failed<>(e.error());
    }
  }

  /** In the clear. */
  public static byte[] encode(IkeMessage message) {
    WireWriter out = new WireWriter();
    HeaderCodec.encode(out, message.header(), PayloadChain.firstType(message.payloads()), 0);
    PayloadChain.encode(out, message.payloads());
    out.patchU32(HeaderCodec.LENGTH_OFFSET, out.length());
    return out.toByteArray();
  }

  /**
   * All payloads inside one SK payload, padded with zeros to the cipher's block and no further.
   *
   * @param keys of the direction the message goes
   * @param iv as long as {@link dev.twinspan.agent.ike.crypto.IkeCipher.Encryption#ivLength}. GCM:
   *     never twice under one key, or the key is lost: a counter of the messages sent under it.
   *     CBC: not predictable from outside: random
   */
  public static byte[] seal(IkeMessage message, IkeCrypto crypto, ProtectionKeys keys, byte[] iv) {
    return EncryptedPayload.seal(message, crypto, keys, iv);
  }

  // --- fragments, RFC 7383 ----------------------------------------------------------------------

  /**
   * Which fragment this datagram says it is, read by lengths only, before any cost and unproven;
   * null for a message that is whole, or that no peer could have meant.
   */
  public static IkeFragment.@Nullable Number fragment(byte[] datagram) {
    return FragmentPayload.number(datagram);
  }

  /** Verifies and decrypts a datagram whose last payload is SKF; errors as with {@link #open}. */
  public static DecodeResult<IkeFragment> openFragment(
      byte[] datagram, IkeCrypto crypto, ProtectionKeys keys) {
    try {
      return new DecodeResult.Decoded<>(FragmentPayload.open(datagram, crypto, keys));
    } catch (Malformed e) {
      return new DecodeResult.Failed<>(e.error());
    }
  }

  /**
   * The message whose fragments, all opened, hold this together.
   *
   * @param firstPayload of fragment number 1
   * @param content of all fragments in their order
   */
  public static DecodeResult<IkeMessage> reassembled(
      IkeHeader header, int firstPayload, byte[] content) {
    try {
      return new DecodeResult.Decoded<>(
          new IkeMessage(
              header, PayloadChain.decode(new WireReader(content, "message"), firstPayload)));
    } catch (Malformed e) {
      return new DecodeResult.Failed<>(e.error());
    }
  }

  /**
   * Like {@link #seal}, but cut into fragments where the message would be longer than {@code
   * largest}: the datagrams, in order.
   *
   * @param largest bytes of one datagram, IKE header included
   * @param ivs a fresh one for each
   */
  public static List<byte[]> sealWithin(
      int largest,
      IkeMessage message,
      IkeCrypto crypto,
      ProtectionKeys keys,
      Supplier<byte[]> ivs) {
    return FragmentPayload.seal(largest, message, crypto, keys, ivs);
  }
}
