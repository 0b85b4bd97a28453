package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;

/**
 * Between bytes and {@link IkeMessage}: pure functions, any thread. Decoding never throws, copies
 * what it keeps and validates once; encoding takes what the engine built and throws {@link
 * IllegalArgumentException} for what cannot be put on the wire.
 */
public final class IkeCodec {
  private IkeCodec() {}

  /** The IKE header alone, to find the SA before any cost. */
  public static DecodeResult<IkeHeader> header(byte[] datagram) {
    throw new UnsupportedOperationException("" + datagram.length);
  }

  /** A message in the clear: IKE_SA_INIT, or a notification outside of any SA. */
  public static DecodeResult<IkeMessage> decode(byte[] datagram) {
    throw new UnsupportedOperationException("" + datagram.length);
  }

  /** Verifies, decrypts and decodes a message whose last payload is SK. */
  public static DecodeResult<IkeMessage> open(
      byte[] datagram, IkeCrypto crypto, ProtectionKeys keys) {
    throw new UnsupportedOperationException("" + datagram.length + crypto + keys);
  }

  /** In the clear. */
  public static byte[] encode(IkeMessage message) {
    throw new UnsupportedOperationException("" + message);
  }

  /**
   * All payloads inside one SK payload.
   *
   * @param iv as long as {@link dev.twinspan.agent.ike.crypto.IkeCipher.Encryption#ivLength}. GCM:
   *     never twice under one key (a counter of messages sent with these keys); CBC: unpredictable
   */
  public static byte[] seal(IkeMessage message, IkeCrypto crypto, ProtectionKeys keys, byte[] iv) {
    throw new UnsupportedOperationException("" + message + crypto + keys + iv.length);
  }
}
