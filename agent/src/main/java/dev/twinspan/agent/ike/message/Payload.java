package dev.twinspan.agent.ike.message;

import java.util.List;

/**
 * One payload of an IKE message, decoded and validated (RFC 7296 section 3). Byte arrays are never
 * changed after construction.
 */
public sealed interface Payload {
  /** SA (33), section 3.3. */
  record SecurityAssociation(List<Proposal> proposals) implements Payload {}

  /** KE (34), section 3.4. @param group Diffie-Hellman group number, transform type 4 */
  record KeyExchange(int group, byte[] data) implements Payload {}

  /** IDi (35) or IDr (36), section 3.5. */
  record Identification(boolean initiator, IkeId id) implements Payload {}

  /** CERT (37), section 3.6. */
  record Certificate(int encoding, byte[] data) implements Payload {}

  /** CERTREQ (38), section 3.7. */
  record CertificateRequest(int encoding, byte[] authorities) implements Payload {}

  /** AUTH (39), section 3.8. @param method 2 shared key, 1 RSA, 14 digital signature … */
  record Authentication(int method, byte[] data) implements Payload {}

  /** Ni or Nr (40), section 3.9: 16 to 256 bytes. */
  record Nonce(byte[] data) implements Payload {}

  /**
   * N (41), section 3.10.
   *
   * @param protocol 0 for the IKE SA, 2 AH, 3 ESP
   * @param spi empty, or 4 bytes; 8 from peers that name the IKE SA, to be ignored
   * @param type see {@link NotifyType}
   */
  record Notify(int protocol, byte[] spi, int type, byte[] data) implements Payload {}

  /** D (42), section 3.11. @param protocol 1 IKE (no SPIs), 3 ESP (4-byte SPIs) */
  record Delete(int protocol, List<byte[]> spis) implements Payload {}

  /** V (43), section 3.12. */
  record VendorId(byte[] data) implements Payload {}

  /** TSi (44) or TSr (45), section 3.13. */
  record TrafficSelectors(boolean initiator, List<TrafficSelector> selectors) implements Payload {}

  /**
   * A payload this implementation does not know, not marked critical; kept for the trace. A
   * critical one makes decoding fail with UNSUPPORTED_CRITICAL_PAYLOAD.
   */
  record Unknown(int type, byte[] body) implements Payload {}
}
