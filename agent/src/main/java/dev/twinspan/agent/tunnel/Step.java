package dev.twinspan.agent.tunnel;

/** Where an event leads, and why. */
record Step(TunnelState next, TunnelReason reason) {}
