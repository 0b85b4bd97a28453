package dev.twinspan.agent.bgp;

/** Where an event leads, and why. */
record Step(FsmState next, BgpReason reason) {}
