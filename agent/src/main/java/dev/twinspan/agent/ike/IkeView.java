package dev.twinspan.agent.ike;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peer as status shows it: an immutable copy.
 *
 * @param suite negotiated IKE algorithms in words, or null while there is none
 * @param rttNanos round-trip time of the last exchange that was not retransmitted; 0 when unknown
 * @param sinceNanos when the state was entered, on the engine's clock
 */
public record IkeView(
    String peer,
    IkeState state,
    IkeReason reason,
    long sinceNanos,
    @Nullable String suite,
    boolean initiator,
    boolean natHere,
    boolean natThere,
    @Nullable InetSocketAddress local,
    @Nullable InetSocketAddress remote,
    long initiatorSpi,
    long responderSpi,
    int ikeSas,
    long rttNanos,
    long rekeys,
    long retransmits,
    List<Child> children,
    List<MissingPair> missingPairs) {
  /**
   * @param outbound whether this is the one that is sent on
   */
  public record Child(
      int inboundSpi, int outboundSpi, String suite, long sinceNanos, boolean outbound) {}

  /**
   * A pair of selectors of a policy-based peer that has no CHILD SA.
   *
   * @param local our side, {@code 192.168.50.0/24}
   * @param sinceNanos on the engine's clock
   */
  public record MissingPair(String local, String remote, IkeReason reason, long sinceNanos) {}
}
