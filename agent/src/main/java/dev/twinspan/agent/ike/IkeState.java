package dev.twinspan.agent.ike;

/** A peer's state as the operator sees it. */
public enum IkeState {
  /** Not wanted, or waiting for the peer to open. */
  IDLE,
  /** An IKE_SA_INIT or IKE_AUTH is under way, or the next attempt is waiting for its time. */
  CONNECTING,
  /** IKE SA and at least one CHILD SA. */
  ESTABLISHED,
  /** Being deleted, DELETE sent or received. */
  CLOSING,
  /** The last attempt failed; the next is due. The reason says why. */
  FAILED
}
