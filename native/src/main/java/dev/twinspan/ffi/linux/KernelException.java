package dev.twinspan.ffi.linux;

/** A system call that failed: which call, on what, and what the kernel said. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param call the call with its arguments in words, e.g. {@code ioctl(TUNSETIFF, name=twinspan0)}
   */
  public KernelException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  /**
   * @param hint what the errno alone does not say: the kernel's own sentence, or the way out
   */
  public KernelException(String call, int errno, String hint) {
    super(call + ": " + Errno.describe(errno) + ": " + hint);
    this.errno = errno;
  }

  /** As in errno.h. */
  public int errno() {
    return errno;
  }
}
