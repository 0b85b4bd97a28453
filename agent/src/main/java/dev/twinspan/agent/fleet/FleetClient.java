package dev.twinspan.agent.fleet;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the broker, for one use. Nothing blocks but {@link #close}, and that for a
 * bounded time.
 */
interface FleetClient {
  /** Told from any thread; must not call back. */
  interface Listener {
    void connected(FleetClient client);

    /**
     * There is no connection, or none any more.
     *
     * @param why one clause
     */
    void lost(FleetClient client, String why);

    /**
     * The broker has answered a message that was published with a ticket.
     *
     * @param refusal one clause; null: it has taken it
     */
    void answered(FleetClient client, long ticket, @Nullable String refusal);

    /** The broker has acknowledged a message of QoS 1. */
    default void acknowledged(FleetClient client) {}

    /** Of a topic that was subscribed to; perhaps before it is anew on this connection. */
    void arrived(FleetClient client, Inbound message);
  }

  /**
   * Sends a message, or drops it when the connection is gone: {@link Listener#lost} tells.
   *
   * @param qos 0 or 1
   */
  void publish(String topic, byte[] payload, int qos, boolean retained);

  /** The same by QoS 1, not retained; {@link Listener#answered} tells what became of it. */
  void publish(String topic, byte[] payload, long ticket);

  /** Sends an answer, as {@link #publish} with QoS 1, and MQTT's correlation data. */
  void answer(String topic, byte[] payload, byte[] correlation);

  /** Asks for topics at QoS 1; a broker that refuses is told of in the log. */
  void subscribe(List<String> filters);

  /**
   * Lets go of the connection.
   *
   * @param orderly waits for acknowledgements and says DISCONNECT, so that there is no will
   */
  void close(boolean orderly);

  /** Makes clients. */
  interface Factory {
    /**
     * Starts to connect.
     *
     * @throws IOException with one sentence when it cannot even start
     */
    FleetClient connect(String willTopic, byte[] will, Listener listener) throws IOException;
  }
}
