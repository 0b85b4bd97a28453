package dev.twinspan.agent.bgp;

/** RFC 4271 section 8.2.2. */
public enum BgpState {
  IDLE,
  CONNECT,
  ACTIVE,
  OPEN_SENT,
  OPEN_CONFIRM,
  ESTABLISHED
}
