package dev.twinspan.agent.tunnel;

/** What the core wants done. Carried out in order by the adapter in {@code control}. */
public sealed interface TunnelAction {
  String tunnel();

  /** Ask the peer by IKE whether it is there; when a request is under way, send that again. */
  record Ask(String tunnel) implements TunnelAction {}

  /** Send a probe inside the tunnel, out of turn. */
  record Probe(String tunnel) implements TunnelAction {}

  /** The tunnel's phase changed, and with it perhaps who carries the flows. */
  record Transition(String tunnel, TunnelPhase phase, TunnelReason reason)
      implements TunnelAction {}

  /** A failover is over and measured. */
  record FailedOver(String tunnel, Failover failover) implements TunnelAction {}

  /** Withdraw what we announce to the tunnel's BGP peer, so that its traffic takes another way. */
  record Withdraw(String tunnel) implements TunnelAction {}

  /** End the tunnel's BGP session with words. */
  record Farewell(String tunnel) implements TunnelAction {}

  /** Delete the tunnel's SAs and do not open new ones. */
  record Close(String tunnel) implements TunnelAction {}

  /** Open the tunnel again, if it is not, and announce our prefixes by it. */
  record Open(String tunnel) implements TunnelAction {}
}
