package dev.twinspan.agent.fleet;

import javax.net.ssl.SSLContext;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of Eclipse Paho's MQTT 5 client (1.2.5), for both ends of the link: its reconnect
 * is broken and its delay is shared by all clients, so each connection is a fresh client; its
 * subscription identifiers confuse it; a client that is not closed by force keeps its threads.
 */
public final class Paho {
  private static final Logger LOG = LoggerFactory.getLogger(Paho.class);
  private static final int CONNECT_SECONDS = 15;
  private static final long PARTING_MILLIS = 2_000;

  private Paho() {}

  /**
   * @param tls null: none
   */
  public static MqttConnectionOptions options(@Nullable SSLContext tls, int keepAliveSeconds) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(false);
    options.setUseSubscriptionIdentifiers(false);
    options.setConnectionTimeout(CONNECT_SECONDS);
    options.setKeepAliveInterval(keepAliveSeconds);
    if (tls != null) {
      options.setSocketFactory(new Tls13Sockets(tls.getSocketFactory()));
      options.setHttpsHostnameVerificationEnabled(true);
    }
    return options;
  }

  /**
   * Lets go of the connection, in a bounded time.
   *
   * @param orderly waits for what is on its way, then says DISCONNECT
   */
  public static void close(MqttAsyncClient client, boolean orderly) {
    try {
      if (orderly) {
        client.disconnect(PARTING_MILLIS).waitForCompletion(2 * PARTING_MILLIS);
      } else {
        client.disconnectForcibly(0, 1, false);
      }
    } catch (MqttException e) {
      LOG.debug("fleet: disconnecting: {}", why(e));
    }
    try {
      client.close(true);
    } catch (MqttException e) {
      LOG.debug("fleet: closing: {}", why(e));
    }
  }

  /** One clause: the deepest cause knows best. */
  public static String why(Throwable e) {
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String code = e instanceof MqttException mqtt ? "code " + mqtt.getReasonCode() + ", " : "";
    return code + deepest;
  }
}
