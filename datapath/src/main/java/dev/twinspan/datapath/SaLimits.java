package dev.twinspan.datapath;

/**
 * How much one direction of a CHILD SA may carry. At a soft limit the worker calls {@code reached},
 * once, and goes on; at the hard limit it sends no more, so that no key is used beyond its lifetime
 * (RFC 4301 section 4.4.2.1). The sequence numbers end of themselves ({@link
 * OutboundSa#lastSequence}).
 *
 * @param softBytes of inner packets; {@link #NEVER} for none
 * @param hardBytes of inner packets, more than soft; sending only
 * @param softPackets sequence numbers used
 * @param reached called by the worker: must not block; wake the control loop there
 */
public record SaLimits(long softBytes, long hardBytes, long softPackets, Runnable reached) {
  public static final long NEVER = Long.MAX_VALUE;

  public static final SaLimits NONE = new SaLimits(NEVER, NEVER, NEVER, () -> {});
}
