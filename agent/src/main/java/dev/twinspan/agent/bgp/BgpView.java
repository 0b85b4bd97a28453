package dev.twinspan.agent.bgp;

/**
 * A session as status shows it.
 *
 * @param since nanoseconds on the engine's clock, of the state
 * @param holdSeconds agreed; 0 when not established or none
 * @param accepted prefixes the import policy let in
 * @param received prefixes held from the peer
 * @param stale those of the received that the peer is to announce anew after a restart
 * @param advertised prefixes announced to it
 */
public record BgpView(
    String peer,
    BgpState state,
    long since,
    BgpReason reason,
    int holdSeconds,
    int received,
    int accepted,
    int stale,
    int advertised) {}
