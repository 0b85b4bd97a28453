package dev.twinspan.agent.tunnel;

/**
 * A failover as it was measured. Times are nanoseconds on the clock of {@link TunnelSet#look}.
 *
 * @param lastGood when ESP was heard on the tunnel last; 0: never
 * @param firstBad when the first packet was sent that remained without answer
 * @param atMost whether no packet was lost before {@code firstBad}, but perhaps the first only
 *     later: nothing answered the flows, and that is when the peer gave its last sign of life, or
 *     they began
 * @param movedAt when the flows left the tunnel
 * @param confirmedAt when ESP was first heard on the tunnels that took over; 0: not within three
 *     seconds
 */
public record Failover(
    long lastGood, long firstBad, boolean atMost, long movedAt, long confirmedAt) {
  /** How long packets went into the void, or at most did. */
  public long outageNanos() {
    return movedAt - firstBad;
  }

  Failover confirmed(long at) {
    return new Failover(lastGood, firstBad, atMost, movedAt, at);
  }
}
