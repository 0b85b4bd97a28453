package dev.twinspan.agent.ike;

/**
 * How an IKE SA came about, before all its rekeys: what both ends can tell parallel IKE SAs apart
 * by, however often each is replaced.
 *
 * @param initiator whether we opened it
 * @param initiatorSpi of its IKE_SA_INIT
 * @param createdAt when its first message was sent or came
 * @param establishedAt when the peer was authenticated
 */
record Origin(boolean initiator, long initiatorSpi, long createdAt, long establishedAt) {
  Origin established(long now) {
    return new Origin(initiator, initiatorSpi, createdAt, now);
  }
}
