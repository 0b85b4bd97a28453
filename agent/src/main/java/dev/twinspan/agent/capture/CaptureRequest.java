package dev.twinspan.agent.capture;

import org.jspecify.annotations.Nullable;

/**
 * What is to be captured. IKE always is.
 *
 * @param tunnel null: all
 * @param keys whether the keys are given out along with it
 * @param snap bytes to keep of each packet
 * @param seconds after which it ends
 * @param packets after which it ends
 * @param user who asks, as the kernel says
 */
public record CaptureRequest(
    @Nullable String tunnel,
    boolean esp,
    boolean inner,
    boolean keys,
    int snap,
    long seconds,
    long packets,
    String user) {
  public static final int MOST_SNAP = 65535;
  public static final long DEFAULT_SECONDS = 3600;
  public static final long MOST_SECONDS = 86_400;

  /** IKE, and what else, in words. */
  public String words() {
    return "IKE" + (esp ? ", ESP" : "") + (inner ? ", inner packets" : "");
  }
}
