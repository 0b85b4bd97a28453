package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.IkeMessage;

/** What became of a protected datagram in the {@link Channel}. */
sealed interface Inbound {
  /** Authentic and whole, put together from fragments where it came so. */
  record Whole(IkeMessage message) implements Inbound {}

  /** Authentic, and yet against the RFC. */
  record Broken(DecodeError error) implements Inbound {}

  /** An authentic fragment that is kept; others are missing. */
  record Incomplete() implements Inbound {}

  /** Of no effect. */
  record Dropped(Drop reason) implements Inbound {}
}
