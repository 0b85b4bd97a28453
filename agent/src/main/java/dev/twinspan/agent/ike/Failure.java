package dev.twinspan.agent.ike;

/** Why an attempt came to nothing. */
record Failure(IkeReason reason, Weight weight) {}
