package dev.twinspan.agent.ike.message;

/** Why bytes are not an IKE message; each carries the value seen. */
public sealed interface DecodeError {
  /**
   * @param what the structure, e.g. "proposal 2, transform 1"
   */
  record Truncated(String what, int needed, int available) implements DecodeError {}

  /**
   * A field with a value the RFC does not allow: answered with INVALID_SYNTAX where an answer is
   * allowed.
   */
  record InvalidSyntax(String what, long seen, String expected) implements DecodeError {}

  /** Major version other than 2. */
  record UnsupportedVersion(int seen) implements DecodeError {}

  /** RFC 7296 section 2.5. */
  record UnsupportedCriticalPayload(int type) implements DecodeError {}

  /** More payloads, proposals, transforms or selectors than {@code limit}. */
  record TooMany(String what, int limit) implements DecodeError {}

  /** The ICV of the SK payload does not match: dropped in silence, counted. */
  record AuthenticationFailed() implements DecodeError {}
}
