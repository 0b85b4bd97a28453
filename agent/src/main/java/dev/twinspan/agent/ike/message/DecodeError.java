package dev.twinspan.agent.ike.message;

/** Why bytes are not an IKE message; each carries the value seen. */
public sealed interface DecodeError {
  /**
   * @param what the structure, e.g. "proposal 2, transform 1"
   * @param needed bytes its next field takes
   * @param available bytes left in it
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

  /**
   * Nothing of the message is proven to come from the peer: the ICV of its SK payload does not
   * match, or there is no SK payload that could be verified. Dropped in silence, counted.
   */
  record AuthenticationFailed() implements DecodeError {}

  /** For people: the value seen and the one expected. */
  default String sentence() {
    return switch (this) {
      case Truncated(var what, var needed, var available) ->
          "%s is cut short: %d bytes needed, %d there".formatted(what, needed, available);
      case InvalidSyntax(var what, var seen, var expected) ->
          "%s is %d, expected %s".formatted(what, seen, expected);
      case UnsupportedVersion(var seen) -> "IKE version is %d, expected 2".formatted(seen);
      case UnsupportedCriticalPayload(var type) ->
          "payload type %d is marked critical and not known here".formatted(type);
      case TooMany(var what, var limit) -> "more than %d %s".formatted(limit, what);
      case AuthenticationFailed() -> "the message is not protected by this IKE SA's keys";
    };
  }
}
