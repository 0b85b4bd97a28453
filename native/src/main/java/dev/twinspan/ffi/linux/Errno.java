package dev.twinspan.ffi.linux;

/** The errno values the code decides on, and words for all of them. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EINVAL = 22;
  public static final int EMSGSIZE = 90;
  public static final int EADDRINUSE = 98;
  public static final int ENETUNREACH = 101;
  public static final int ENOBUFS = 105;
  public static final int EHOSTUNREACH = 113;
  public static final int ECONNREFUSED = 111;

  private Errno() {}

  /** {@code EPERM (1, operation not permitted)}. */
  public static String describe(int errno) {
    return "errno " + errno;
  }
}
