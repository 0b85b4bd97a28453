package dev.twinspan.agent.bgp.message;

/**
 * Carries a {@link DecodeError} out of a nested structure to {@link BgpCodec}, and no further.
 * Without a stack trace, because a hostile message must be cheap to refuse.
 */
final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient DecodeError error;

  Malformed(Notification answer, String sentence) {
    super(null, null, false, false);
    this.error = new DecodeError(answer, sentence);
  }

  Malformed(int code, int subcode, String sentence) {
    this(Notification.of(code, subcode), sentence);
  }

  @Override
  public String getMessage() {
    return error.sentence();
  }

  DecodeError error() {
    return error;
  }
}
