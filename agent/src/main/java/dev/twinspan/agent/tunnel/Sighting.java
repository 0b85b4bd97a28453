package dev.twinspan.agent.tunnel;

/**
 * A tunnel as it is seen at one moment. Times are nanoseconds on the clock of {@link
 * TunnelSet#look}; 0 is never.
 *
 * @param keyed whether there is an SA to send on
 * @param sentAt when ESP was sent last, or would have been had the kernel taken it
 * @param sentPackets inner packets sent, ever growing
 * @param heardAt when authentic ESP came last
 * @param heardPackets inner packets received, ever growing
 * @param lostPackets inbound sequence numbers that never came; shrinks when some were only late
 * @param answeredAt when the peer last answered a request of ours on the IKE SA that is sent on
 * @param inside what is known by probes
 */
public record Sighting(
    boolean keyed,
    long sentAt,
    long sentPackets,
    long heardAt,
    long heardPackets,
    long lostPackets,
    long answeredAt,
    Inside inside) {
  /**
   * What is known by probes inside the tunnel.
   *
   * @param answers whether their target is known to answer, nearly always
   * @param heardAt when it answered last
   * @param quickest there and back of late, nanoseconds: the first ones of a box, or of a peer,
   *     that has just begun are slow
   */
  public record Inside(boolean answers, long heardAt, long quickest) {
    static final Inside UNKNOWN = new Inside(false, 0, 0);
  }

  /** Without probes. */
  public Sighting(
      boolean keyed,
      long sentAt,
      long sentPackets,
      long heardAt,
      long heardPackets,
      long lostPackets,
      long answeredAt) {
    this(
        keyed, sentAt, sentPackets, heardAt, heardPackets, lostPackets, answeredAt, Inside.UNKNOWN);
  }

  /** Where nothing was lost. */
  public Sighting(
      boolean keyed,
      long sentAt,
      long sentPackets,
      long heardAt,
      long heardPackets,
      long answeredAt) {
    this(keyed, sentAt, sentPackets, heardAt, heardPackets, 0, answeredAt);
  }
}
