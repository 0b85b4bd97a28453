package dev.twinspan.agent.tunnel;

/**
 * The other tunnels of a connection.
 *
 * @param alternative whether flows that leave this one would get through on one of them
 * @param working whether one of them may carry flows, or somebody else takes over
 * @param heardAt when one of them heard ESP last; 0: never
 * @param heardPackets inner packets they received together
 * @param loss the least of those that carry flows, 0 to 1; 1: none does
 */
record Neighbours(
    boolean alternative, boolean working, long heardAt, long heardPackets, double loss) {}
