package dev.twinspan.agent.ike.message;

/**
 * What came of decoding bytes from the wire. Decoding never throws.
 *
 * <p>Codec entry points (class {@code IkeCodec}, pure functions, copy what they keep):
 *
 * <pre>
 *   DecodeResult&lt;IkeHeader&gt;      IkeCodec.header(byte[] datagram)      // to find the SA before any cost
 *   DecodeResult&lt;IkeMessage&gt;     IkeCodec.decode(byte[] datagram)      // IKE_SA_INIT, in the clear
 *   DecodeResult&lt;IkeMessage&gt;     IkeCodec.open(byte[] datagram, IkeCrypto crypto, ProtectionKeys keys)   // SK payload: verify, decrypt, decode
 *   DecodeResult&lt;IkeFragment&gt;    IkeCodec.openFragment(…)                // SKF payload; then reassembled(…)
 *   byte[]                        IkeCodec.encode(IkeMessage message)
 *   byte[]                        IkeCodec.seal(IkeMessage message, IkeCrypto crypto, ProtectionKeys keys, byte[] iv)
 * </pre>
 */
public sealed interface DecodeResult<T> {
  record Decoded<T>(T value) implements DecodeResult<T> {}

  record Failed<T>(DecodeError error) implements DecodeResult<T> {}
}
