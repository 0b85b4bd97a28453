package dev.twinspan.agent.fleet;

import java.util.List;

/** What {@link FleetCore} wants done. Payloads are handed on once, and changed by nobody. */
@SuppressWarnings("ArrayRecordComponent")
sealed interface FleetAction {
  /** Dial, with a client of its own; what came of it is told to the core. */
  record Connect(String willTopic, byte[] will) implements FleetAction {}

  record Publish(String topic, byte[] payload, int qos, boolean retained) implements FleetAction {}

  /** Ask for these topics; with what is kept under them, and told which messages were kept. */
  record Subscribe(List<String> filters) implements FleetAction {}

  /**
   * Answer somebody, at QoS 1, not retained.
   *
   * @param correlation what the question was known by
   */
  record Answer(String topic, byte[] payload, byte[] correlation) implements FleetAction {}

  /**
   * Let go of the client, whatever it does.
   *
   * @param orderly with a DISCONNECT, after what was published has been acknowledged
   */
  record Close(boolean orderly) implements FleetAction {}
}
