package dev.twinspan.agent.drill;

/**
 * A tunnel as the drill sees it. Times are nanoseconds on the clock of {@link SelfDrill#look}; 0 is
 * never.
 *
 * @param healthy carries flows without a doubt and, where BGP is spoken, its session is up
 * @param carries the same, though it may be asked at the moment whether it still answers
 * @param drained its flows were taken away and it is closed
 * @param draining drained, or about to be
 * @param sentAt when a packet was sent on it last
 * @param heardAt when one came by it last
 * @param dropped packets for it, or for any, that this box could not send, ever growing
 */
public record DrillSight(
    boolean healthy,
    boolean carries,
    boolean drained,
    boolean draining,
    long sentAt,
    long heardAt,
    long dropped) {}
