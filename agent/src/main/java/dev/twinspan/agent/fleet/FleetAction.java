package dev.twinspan.agent.fleet;

/** What {@link FleetCore} wants done. Payloads are handed on once, and changed by nobody. */
@SuppressWarnings("ArrayRecordComponent")
sealed interface FleetAction {
  /** Dial, with a client of its own; what came of it is told to the core. */
  record Connect(String willTopic, byte[] will) implements FleetAction {}

  record Publish(String topic, byte[] payload, int qos, boolean retained) implements FleetAction {}

  /**
   * Let go of the client, whatever it does.
   *
   * @param orderly with a DISCONNECT, after what was published has been acknowledged
   */
  record Close(boolean orderly) implements FleetAction {}
}
