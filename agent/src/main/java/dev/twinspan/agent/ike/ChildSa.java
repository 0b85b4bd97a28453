package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pair of ESP SAs, from the exchange that keys it to its DELETE. */
final class ChildSa {
  enum Phase {
    INSTALLED,
    /** Another was made for it by the peer; both work until the peer's DELETE of this one. */
    REPLACED,
    /** Our DELETE is due. */
    DELETE_DUE,
    /** Our DELETE is sent. */
    DELETING,
    /** Deleted; packets still on the way are received. */
    LINGERING
  }

  /** What an exchange has settled, keys apart. */
  record Terms(
      int inboundSpi,
      int outboundSpi,
      EspSuite suite,
      List<TrafficSelector> localSelectors,
      List<TrafficSelector> remoteSelectors) {}

  private final Terms terms;
  private final boolean initiator;
  private final byte[] lowestNonce;
  private final long sequence;
  private final long since;
  private final long expiresAt;
  private final BitSet pairs;
  private final boolean plainPair;
  private final boolean whole;
  private IkeSa ikeSa;
  private Phase phase = Phase.INSTALLED;
  private long phaseEndsAt = IkeContext.NEVER;
  private long rekeyAt;
  private long sendFrom;
  private String endReason = "";
  private @Nullable ChildSa rival;

  /**
   * @param initiator of the exchange that made it, not of the IKE SA
   * @param lowestNonce the lower of that exchange's two: decides when both sides rekey at once
   * @param rekeyAt when we replace it
   * @param expiresAt when it is deleted for want of a replacement
   * @param sendFrom when we may send on it
   */
  ChildSa(
      IkeContext context,
      IkeSa ikeSa,
      Terms terms,
      boolean initiator,
      byte[] lowestNonce,
      long rekeyAt,
      long expiresAt,
      long sendFrom) {
    this.ikeSa = ikeSa;
    this.terms = terms;
    this.initiator = initiator;
    this.lowestNonce = lowestNonce;
    this.sequence = context.nextChildSequence();
    this.since = context.now();
    this.rekeyAt = rekeyAt;
    this.expiresAt = expiresAt;
    this.sendFrom = sendFrom;
    List<IkePeer.Pair> configured = ikeSa.peer().config().pairs();
    this.pairs = PairSelectors.served(configured, terms.localSelectors(), terms.remoteSelectors());
    this.plainPair =
        pairs.cardinality() == 1
            && PairSelectors.exact(configured, terms.localSelectors(), terms.remoteSelectors())
                >= 0;
    this.whole =
        configured.isEmpty()
            && terms.localSelectors().equals(ikeSa.peer().config().localSelectors())
            && terms.remoteSelectors().equals(ikeSa.peer().config().remoteSelectors());
  }

  /** Pairs of a policy-based peer that it carries; not to be changed. */
  BitSet pairs() {
    return pairs;
  }

  /** The one pair that it carries, whole and no more; -1: it is of another kind. */
  int plainPair() {
    return plainPair ? pairs.nextSetBit(0) : -1;
  }

  /** Whether it carries all there is between the two ends, which is not divided into pairs. */
  boolean isWhole() {
    return whole;
  }

  Terms terms() {
    return terms;
  }

  int inboundSpi() {
    return terms.inboundSpi();
  }

  int outboundSpi() {
    return terms.outboundSpi();
  }

  boolean initiator() {
    return initiator;
  }

  byte[] lowestNonce() {
    return lowestNonce;
  }

  long sequence() {
    return sequence;
  }

  long since() {
    return since;
  }

  long expiresAt() {
    return expiresAt;
  }

  /** The IKE SA it is managed by; changes when that is rekeyed. */
  IkeSa ikeSa() {
    return ikeSa;
  }

  void moveTo(IkeSa successor) {
    ikeSa = successor;
  }

  Phase phase() {
    return phase;
  }

  /** When the phase is over: LINGERING, and REPLACED for want of a DELETE. */
  long phaseEndsAt() {
    return phaseEndsAt;
  }

  void phase(Phase next, long endsAt) {
    phase = next;
    phaseEndsAt = endsAt;
  }

  /** Usable by both sides. */
  boolean isLive() {
    return phase == Phase.INSTALLED || phase == Phase.REPLACED;
  }

  long rekeyAt() {
    return rekeyAt;
  }

  void rekeyAt(long time) {
    rekeyAt = time;
  }

  /**
   * When we may begin to send on it. The responder of a rekey waits until the peer surely has it
   * (RFC 7296 section 2.8): the DELETE of the old one, its next request, ESP on it, or some
   * seconds.
   */
  long sendFrom() {
    return sendFrom;
  }

  void sendFrom(long time) {
    sendFrom = time;
  }

  /** Why it was or is to be deleted. */
  String endReason() {
    return endReason;
  }

  void linger(String reason, long until) {
    endReason = reason;
    phase(Phase.LINGERING, until);
  }

  void deleteDue(String reason) {
    endReason = reason;
    phase(Phase.DELETE_DUE, IkeContext.NEVER);
  }

  /** The replacement the peer made of this one; perhaps while we were about to make ours. */
  @Nullable ChildSa rival() {
    return rival;
  }

  void rival(ChildSa made) {
    rival = made;
  }
}
