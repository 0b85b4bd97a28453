package dev.twinspan.agent.fleet;

import java.io.IOException;

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
  }

  /**
   * Sends a message, or drops it when the connection is gone: {@link Listener#lost} tells.
   *
   * @param qos 0 or 1
   */
  void publish(String topic, byte[] payload, int qos, boolean retained);

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
