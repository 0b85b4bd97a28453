package dev.twinspan.agent.ike.message;

/**
 * Carries a {@link DecodeError} out of a nested structure to {@link IkeCodec}, and no further.
 * Checked, so that the compiler sees to that; without a stack trace, because a hostile datagram
 * must be cheap to refuse.
 */
final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient DecodeError error;

  Malformed(DecodeError error) {
    super(null, null, false, false);
    this.error = error;
  }

  /** Made when somebody asks, which a flood of bad datagrams does not. */
  @Override
  public String getMessage() {
    return error.sentence();
  }

  DecodeError error() {
    return error;
  }

  static Malformed syntax(String what, long seen, String expected) {
    return new Malformed(new DecodeError.InvalidSyntax(what, seen, expected));
  }

  /** Refuses one element more than {@code limit}. */
  static void limit(String what, int count, int limit) throws Malformed {
    if (count > limit) {
      throw new Malformed(new DecodeError.TooMany(what, limit));
    }
  }
}
