package dev.twinspan.agent.fleet;

import java.time.Duration;
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

  /** For one connection. */
  public static MqttConnectionOptions options(int keepAliveSeconds) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(false);
    options.setUseSubscriptionIdentifiers(false);
    options.setConnectionTimeout(CONNECT_SECONDS);
    options.setKeepAliveInterval(keepAliveSeconds);
    options.setMaximumPacketSize(PahoClient.MOST_PACKET);
    return options;
  }

  /**
   * Has a connection go over our own wire, TLS 1.3 and nothing older: Paho's takes an IPv6 address
   * for a name, and refuses it.
   *
   * @param tls null: none
   * @return the URI for the client
   */
  public static String uri(
      MqttConnectionOptions options, @Nullable SSLContext tls, BrokerAddress broker) {
    if (tls == null) {
      return broker.toString().replace("mqtt://", "tcp://");
    }
    PahoWire wire =
        new PahoWire(tls, broker.host(), broker.port(), Duration.ofSeconds(CONNECT_SECONDS));
    options.setSocketFactory(wire);
    return wire.getServerURI();
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
