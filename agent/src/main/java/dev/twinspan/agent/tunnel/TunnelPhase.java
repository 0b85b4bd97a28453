package dev.twinspan.agent.tunnel;

/** Whether a tunnel may carry flows, in a word. */
public enum TunnelPhase {
  /** Nothing to send on. */
  DOWN,
  /** Carries flows. */
  UP,
  /** Carries flows; the peer was asked and has not answered in time. */
  SUSPECT,
  /** Its flows were moved; its SAs stand. */
  LOST,
  /** Works again and waits out its hold-down; carries flows only where no other tunnel does. */
  HELD,
  /** Its end was announced; carries flows only where no other tunnel does. */
  LEAVING,
  /** The operator took its flows away; what was sent is on its way. */
  DRAINING,
  /** The operator took its flows away, and it was closed. */
  DRAINED
}
