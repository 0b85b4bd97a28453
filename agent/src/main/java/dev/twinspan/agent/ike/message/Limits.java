package dev.twinspan.agent.ike.message;

/**
 * How much of anything one message may hold. All far above what any peer sends and far below what a
 * 64 KB datagram could: what a stranger can make us allocate and walk through stays small.
 */
final class Limits {
  /**
   * Payloads of one message, outside and inside SK. The longest seen in the field, an IKE_AUTH with
   * a certificate chain and every notification, has about 30.
   */
  static final int PAYLOADS = 64;

  /** Proposals of one SA payload. Windows and Azure send up to about 20 when no policy is set. */
  static final int PROPOSALS = 64;

  /** Transforms of one proposal. strongSwan puts all it knows, some 50, into one. */
  static final int TRANSFORMS = 128;

  /** Attributes of one transform. Key Length is the only one there is (RFC 7296 section 3.3.5). */
  static final int ATTRIBUTES = 8;

  /** Selectors of one TS payload: what its one-byte count can say. */
  static final int SELECTORS = 255;

  /** SPIs of one Delete payload. A rekey deletes one, the end of a busy IKE SA a few dozen. */
  static final int SPIS = 256;

  private Limits() {}
}
