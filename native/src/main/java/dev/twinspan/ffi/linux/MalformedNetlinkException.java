package dev.twinspan.ffi.linux;

/** A netlink message that does not hold what its lengths and types promise. */
public final class MalformedNetlinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what the field in words, with the value seen and the value expected
   */
  public MalformedNetlinkException(String what) {
    super("malformed netlink message: " + what);
  }
}
