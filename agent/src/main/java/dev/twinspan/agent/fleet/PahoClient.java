package dev.twinspan.agent.fleet;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Eclipse Paho's MQTT 5 client (1.2.5), with guards against what is known of it: its reconnect is
 * broken and its delay is shared by all clients, so each connection is a fresh client and the core
 * dials again; calls in its callbacks deadlock, so they only tell the listener, once; its file
 * persistence and its buffer of messages loop, so neither is used.
 */
final class PahoClient implements FleetClient, MqttCallback, MqttActionListener {
  private static final Logger LOG = LoggerFactory.getLogger(PahoClient.class);
  private static final int CONNECT_SECONDS = 15;
  private static final long PARTING_MILLIS = 2_000;
  private static final long SESSION_SECONDS = 3_600;

  private final MqttAsyncClient client;
  private final Listener listener;
  private final AtomicBoolean told = new AtomicBoolean();

  private PahoClient(MqttAsyncClient client, Listener listener) {
    this.client = client;
    this.listener = listener;
  }

  /** Reads the certificate's files anew for each connection. */
  static Factory factory(FleetConfig fleet, String clientId) {
    return (willTopic, will, listener) -> {
      try {
        MqttAsyncClient client =
            new MqttAsyncClient("ssl://" + fleet.authority(), clientId, new MemoryPersistence());
        PahoClient made = new PahoClient(client, listener);
        client.setCallback(made);
        client.connect(options(fleet, willTopic, will), null, made);
        return made;
      } catch (MqttException e) {
        throw new IOException(why(e), e);
      }
    };
  }

  private static MqttConnectionOptions options(FleetConfig fleet, String willTopic, byte[] will)
      throws IOException {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(false);
    options.setCleanStart(false);
    options.setSessionExpiryInterval(SESSION_SECONDS);
    options.setUseSubscriptionIdentifiers(false);
    options.setConnectionTimeout(CONNECT_SECONDS);
    options.setKeepAliveInterval((int) fleet.keepAlive().toSeconds());
    options.setSocketFactory(new Tls13Sockets(FleetTls.context(fleet).getSocketFactory()));
    options.setHttpsHostnameVerificationEnabled(true);
    MqttMessage message = new MqttMessage(will);
    message.setQos(FleetTopic.STATE.qos());
    message.setRetained(FleetTopic.STATE.retained());
    options.setWill(willTopic, message);
    return options;
  }

  @Override
  public void publish(String topic, byte[] payload, int qos, boolean retained) {
    try {
      client.publish(topic, payload, qos, retained);
    } catch (MqttException e) {
      lost(why(e));
    }
  }

  @Override
  public void close(boolean orderly) {
    told.set(true);
    try {
      if (orderly) {
        // Waits for what is on its way, then says DISCONNECT.
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

  private void lost(String why) {
    if (told.compareAndSet(false, true)) {
      listener.lost(this, why);
    }
  }

  private static String why(Throwable e) {
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String code = e instanceof MqttException mqtt ? "code " + mqtt.getReasonCode() + ", " : "";
    return code + deepest;
  }

  @Override
  public void onSuccess(IMqttToken connection) {
    listener.connected(this);
  }

  @Override
  public void onFailure(IMqttToken connection, Throwable cause) {
    lost(why(cause));
  }

  @Override
  public void disconnected(MqttDisconnectResponse response) {
    MqttException cause = response.getException();
    lost(cause == null ? "the broker hung up, code " + response.getReturnCode() : why(cause));
  }

  @Override
  public void mqttErrorOccurred(MqttException cause) {
    LOG.debug("fleet: {}", why(cause));
  }

  @Override
  public void messageArrived(String topic, MqttMessage message) {
    // Nothing is subscribed to.
  }

  @Override
  public void deliveryComplete(IMqttToken token) {}

  @Override
  public void connectComplete(boolean reconnect, String server) {}

  @Override
  public void authPacketArrived(int reason, MqttProperties properties) {}
}
