package dev.twinspan.agent.fleet;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Eclipse Paho's MQTT 5 client, with {@link Paho}'s guards and these: each connection is a fresh
 * client and the core dials again; calls in its callbacks deadlock, so they only tell the listener,
 * once; its file persistence and its buffer of messages loop, so neither is used; an attempt that
 * breaks off while it starts its threads leaves one behind for ever, so it is kept from seeing that
 * ({@link PahoWire}).
 */
final class PahoClient implements FleetClient, MqttCallback, MqttActionListener {
  private static final Logger LOG = LoggerFactory.getLogger(PahoClient.class);

  /** MQTT 5 section 2.4: a reason code from here on is a failure. */
  private static final int REFUSED = 0x80;

  private static final long SESSION_SECONDS = 3_600;
  private static final Duration CONNECT = Duration.ofSeconds(15);

  /** An attempt that nothing can be read or written for any more ends sooner. */
  private static final long PARTING_MILLIS = 5_000;

  /** The largest payload that is read, and room for topic and properties. */
  static final long MOST_PACKET = Inbound.MOST_BYTES + 4096;

  /** Messages of QoS 1 that a broker may have on their way to us. */
  private static final int RECEIVE_MAXIMUM = 16;

  private final MqttAsyncClient client;
  private final Listener listener;
  private final AtomicBoolean told = new AtomicBoolean();

  private final PahoWire wire;

  /** Whether the attempt to connect has come to its end, well or not. */
  private final CountDownLatch settled = new CountDownLatch(1);

  private PahoClient(MqttAsyncClient client, PahoWire wire, Listener listener) {
    this.client = client;
    this.wire = wire;
    this.listener = listener;
  }

  /**
   * Reads the certificate's files anew for each connection.
   *
   * @param way to the broker, to be there before anything is sent
   */
  static Factory factory(FleetConfig fleet, String clientId, PahoWire.Way way) {
    return (willTopic, will, listener) -> {
      try {
        PahoWire wire =
            new PahoWire(
                FleetTls.context(fleet),
                fleet.host(),
                fleet.port(),
                CONNECT,
                fleet.reach().localAddress(),
                way);
        MqttAsyncClient client =
            new MqttAsyncClient(wire.getServerURI(), clientId, new MemoryPersistence());
        PahoClient made = new PahoClient(client, wire, listener);
        client.setCallback(made);
        client.connect(options(fleet, wire, willTopic, will), null, made);
        return made;
      } catch (MqttException e) {
        throw new IOException(Paho.why(e), e);
      }
    };
  }

  private static MqttConnectionOptions options(
      FleetConfig fleet, PahoWire wire, String willTopic, byte[] will) {
    MqttConnectionOptions options = Paho.options((int) fleet.keepAlive().toSeconds());
    options.setSocketFactory(wire);
    options.setCleanStart(false);
    options.setSessionExpiryInterval(SESSION_SECONDS);
    options.setReceiveMaximum(RECEIVE_MAXIMUM);
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
      lost(Paho.why(e));
    }
  }

  @Override
  public void publish(String topic, byte[] payload, long ticket) {
    MqttMessage message = new MqttMessage(payload);
    message.setQos(1);
    try {
      client.publish(topic, message, null, new Answer(ticket));
    } catch (MqttException e) {
      lost(Paho.why(e));
    }
  }

  /** Of one that goes unanswered {@link #lost} tells. */
  private final class Answer implements MqttActionListener {
    private final long ticket;

    Answer(long ticket) {
      this.ticket = ticket;
    }

    /** Paho counts a PUBACK that refuses as a success. */
    @Override
    public void onSuccess(IMqttToken token) {
      int[] codes = token.getReasonCodes();
      int code = codes == null || codes.length == 0 ? 0 : codes[0];
      listener.answered(PahoClient.this, ticket, code < REFUSED ? null : refusal(code));
    }

    @Override
    public void onFailure(IMqttToken token, Throwable cause) {
      LOG.debug("fleet: unanswered: {}", Paho.why(cause));
    }
  }

  /** The reason codes of a PUBACK (MQTT 5, section 3.4.2.1). */
  private static String refusal(int code) {
    String name =
        switch (code) {
          case 0x87 -> "not authorized (its ACL must let this box write the topic)";
          case 0x90 -> "topic name invalid";
          case 0x97 -> "quota exceeded";
          default -> "refused";
        };
    return "%s, reason code 0x%02x".formatted(name, code);
  }

  @Override
  public void answer(String topic, byte[] payload, byte[] correlation) {
    MqttMessage message = new MqttMessage(payload);
    message.setQos(1);
    MqttProperties properties = new MqttProperties();
    properties.setCorrelationData(correlation);
    message.setProperties(properties);
    try {
      client.publish(topic, message);
    } catch (MqttException e) {
      lost(Paho.why(e));
    }
  }

  @Override
  public void subscribe(List<String> filters) {
    MqttSubscription[] wanted = new MqttSubscription[filters.size()];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = new MqttSubscription(filters.get(i), 1);
      // A command that was kept by mistake is known by it.
      wanted[i].setRetainAsPublished(true);
    }
    try {
      client.subscribe(wanted, null, new Subscribing(filters), new MqttProperties());
    } catch (MqttException e) {
      lost(Paho.why(e));
    }
  }

  /** The box goes on without what it is not given: what it tells is worth more. */
  private record Subscribing(List<String> filters) implements MqttActionListener {
    @Override
    public void onSuccess(IMqttToken token) {
      for (int i = 0; i < token.getReasonCodes().length; i++) {
        if (token.getReasonCodes()[i] >= REFUSED && i < filters.size()) {
          LOG.warn(
              "fleet: the broker refuses {} (code {}): look at its access control",
              filters.get(i),
              token.getReasonCodes()[i]);
        }
      }
    }

    @Override
    public void onFailure(IMqttToken token, Throwable cause) {
      LOG.warn("fleet: the broker refuses {}: {}", filters, Paho.why(cause));
    }
  }

  @Override
  public void close(boolean orderly) {
    told.set(true);
    if (!orderly) {
      giveUp();
    }
    Paho.close(client, orderly);
  }

  /**
   * Paho cannot be made to end an attempt that is under way: it is left to fail by itself, which it
   * does at once where nothing can be read or written any more.
   */
  private void giveUp() {
    wire.abort();
    try {
      if (!settled.await(PARTING_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.debug("fleet: an attempt that was given up has not come to its end");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void lost(String why) {
    if (told.compareAndSet(false, true)) {
      listener.lost(this, why);
    }
  }

  @Override
  public void onSuccess(IMqttToken connection) {
    settled.countDown();
    listener.connected(this);
  }

  @Override
  public void onFailure(IMqttToken connection, Throwable cause) {
    settled.countDown();
    lost(Paho.why(cause));
  }

  @Override
  public void disconnected(MqttDisconnectResponse response) {
    MqttException cause = response.getException();
    lost(cause == null ? "the broker hung up, code " + response.getReturnCode() : Paho.why(cause));
  }

  @Override
  public void mqttErrorOccurred(MqttException cause) {
    LOG.debug("fleet: {}", Paho.why(cause));
  }

  @Override
  public void messageArrived(String topic, MqttMessage message) {
    listener.arrived(this, Inbound.of(topic, message, System.nanoTime()));
  }

  @Override
  public void deliveryComplete(IMqttToken token) {
    if (token.getResponse() != null) { // QoS 0 has none
      listener.acknowledged(this);
    }
  }

  @Override
  public void connectComplete(boolean reconnect, String server) {}

  @Override
  public void authPacketArrived(int reason, MqttProperties properties) {}
}
