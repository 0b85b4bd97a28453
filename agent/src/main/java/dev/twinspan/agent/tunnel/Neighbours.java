package dev.twinspan.agent.tunnel;

/**
 * The other tunnels of a connection.
 *
 * @param alternative whether one of them carries flows and is above suspicion
 * @param heardAt when one of them heard ESP last; 0: never
 * @param heardPackets inner packets they received together
 */
record Neighbours(boolean alternative, long heardAt, long heardPackets) {}
