package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import java.util.List;
import java.util.Optional;

/**
 * Takes what the broker sends under one of this box's topics, and has something to say to it. On
 * the thread "fleet"; outlives a connection, and a link.
 */
interface Inlet {
  /** What to subscribe to, behind {@code twinspan/1/{site}/{device}/}; empty: nothing. */
  default Optional<String> filter() {
    return Optional.empty();
  }

  /**
   * @param path of the topic, behind {@code twinspan/1/{site}/{device}/}
   * @return whether it was for this one
   */
  default boolean take(String path, Inbound message, AgentStatus status) {
    return false;
  }

  /** As time goes by; several times a second, with a connection and without. */
  default void look(long now, AgentStatus status) {}

  /** There is a connection anew: what may have been lost with the one before is told again. */
  void linked(long now, AgentStatus status);

  /** The broker has acknowledged something; any thread. */
  default void answered() {}

  /** What is to be told, once each; only asked for while there is a connection. */
  List<FleetAction> drain(AgentStatus status);
}
