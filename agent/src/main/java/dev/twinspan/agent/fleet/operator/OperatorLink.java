package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.fleet.BrokerAddress;
import dev.twinspan.agent.fleet.Paho;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.MqttReturnCode;
import org.jspecify.annotations.Nullable;

/**
 * The operator's connection to the broker. Calls block for a bounded time, and are made by one
 * thread; Paho's threads only put into the queue.
 */
public final class OperatorLink implements AutoCloseable {
  private static final long ANSWER_MILLIS = 20_000;
  private static final int KEEP_ALIVE_SECONDS = 30;

  /** A box that comes back later tells it by itself. */
  private static final long REBIRTH_SECONDS = 10;

  /** State, birth and health of ten thousand boxes at once, twice over. */
  private static final int QUEUE = 65_536;

  /** A message, or what ended the connection. */
  public sealed interface Arrived {
    /**
     * @param payload handed on once
     * @param correlation its correlation data as text; empty: none
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Message(String topic, byte[] payload, boolean retained, String correlation)
        implements Arrived {}

    record Lost(String why) implements Arrived {}
  }

  /** The broker does not let this client do that. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String sentence) {
      super(sentence);
    }
  }

  private final BlockingQueue<Arrived> queue = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicLong overflow = new AtomicLong();
  private final BrokerAddress broker;
  private final MqttAsyncClient client;

  private OperatorLink(BrokerAddress broker, MqttAsyncClient client) {
    this.broker = broker;
    this.client = client;
  }

  /**
   * @throws IOException with one sentence
   */
  public static OperatorLink connect(OperatorConfig config)
      throws IOException, OperatorConfig.Unusable {
    BrokerAddress broker = config.address();
    MqttConnectionOptions options = Paho.options(KEEP_ALIVE_SECONDS);
    options.setCleanStart(true);
    String uri = Paho.uri(options, config.tls(), broker);
    MqttAsyncClient client = null;
    try {
      // A name of its own each time: two operators do not throw each other out.
      client = new MqttAsyncClient(uri, "operator-" + newId(), new MemoryPersistence());
      OperatorLink link = new OperatorLink(broker, client);
      client.setCallback(link.new Callback());
      client.connect(options).waitForCompletion(ANSWER_MILLIS);
      return link;
    } catch (MqttException e) {
      if (client != null) {
        Paho.close(client, false);
      }
      throw new IOException("no link to %s: %s".formatted(broker, Paho.why(e)), e);
    }
  }

  /** For a command: sixteen hexadecimal digits, never the same twice. */
  public static String newId() {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /**
   * Returns when the broker has agreed.
   *
   * @param qos 0 or 1
   */
  public void subscribe(List<String> filters, int qos) throws IOException {
    int[] each = new int[filters.size()];
    Arrays.fill(each, qos);
    try {
      IMqttToken token = client.subscribe(filters.toArray(new String[0]), each);
      token.waitForCompletion(ANSWER_MILLIS);
      refused(token, "listen to " + String.join(", ", filters));
    } catch (MqttException e) {
      throw new IOException("%s: subscribing: %s".formatted(broker, Paho.why(e)), e);
    }
  }

  /** Retained, QoS 1; returns when the broker has it. */
  public void retain(String topic, byte[] payload) throws IOException {
    MqttMessage message = new MqttMessage(payload);
    message.setRetained(true);
    publish(topic, message);
  }

  /**
   * QoS 1, not retained; returns when the broker has it.
   *
   * @param id goes with it as correlation data
   * @param expiry after which the broker forgets it
   * @param answers topic for the answer
   */
  public void command(String topic, byte[] payload, String id, Duration expiry, String answers)
      throws IOException {
    MqttProperties properties = new MqttProperties();
    properties.setCorrelationData(id.getBytes(StandardCharsets.UTF_8));
    properties.setMessageExpiryInterval(expiry.toSeconds());
    properties.setResponseTopic(answers);
    MqttMessage message = new MqttMessage(payload);
    message.setProperties(properties);
    publish(topic, message);
  }

  /** Asks a box to tell anew who and how it is; returns when the broker has it. */
  public void rebirth(FleetBox box) throws IOException {
    MqttProperties properties = new MqttProperties();
    properties.setMessageExpiryInterval(REBIRTH_SECONDS);
    MqttMessage message = new MqttMessage("{}".getBytes(StandardCharsets.UTF_8));
    message.setProperties(properties);
    publish(FleetModel.ROOT + box.site() + "/" + box.device() + "/cmd/rebirth", message);
  }

  private void publish(String topic, MqttMessage message) throws IOException {
    message.setQos(1);
    try {
      IMqttToken token = client.publish(topic, message);
      token.waitForCompletion(ANSWER_MILLIS);
      refused(token, "write to " + topic);
    } catch (MqttException e) {
      throw new IOException("%s: publishing: %s".formatted(broker, Paho.why(e)), e);
    }
  }

  private void refused(IMqttToken token, String what) throws Refused {
    int[] codes = token.getReasonCodes();
    if (codes == null) {
      return;
    }
    for (int code : codes) {
      if (code >= MqttReturnCode.RETURN_CODE_UNSPECIFIED_ERROR) {
        throw new Refused(
            code == MqttReturnCode.RETURN_CODE_NOT_AUTHORIZED
                ? "%s does not let this certificate %s (not authorized): use one that its ACL allows to"
                    .formatted(broker, what)
                : "%s does not let us %s: MQTT 5 reason code %d".formatted(broker, what, code));
      }
    }
  }

  /** The next that arrived; null: nothing within that time. */
  public @Nullable Arrived next(Duration wait) throws InterruptedException {
    return queue.poll(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS);
  }

  /** Messages that came faster than they were taken, and were let go. */
  public long overflow() {
    return overflow.get();
  }

  @Override
  public void close() {
    Paho.close(client, client.isConnected());
  }

  private void offer(Arrived arrived) {
    if (!queue.offer(arrived)) {
      overflow.incrementAndGet();
    }
  }

  /** On Paho's threads: a call of its from here would deadlock. */
  private final class Callback implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      MqttProperties properties = message.getProperties();
      byte[] correlation = properties == null ? null : properties.getCorrelationData();
      offer(
          new Arrived.Message(
              topic,
              message.getPayload(),
              message.isRetained(),
              correlation == null ? "" : new String(correlation, StandardCharsets.UTF_8)));
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException cause = response.getException();
      offer(
          new Arrived.Lost(
              cause == null
                  ? "the broker hung up, code " + response.getReturnCode()
                  : Paho.why(cause)));
    }

    @Override
    public void mqttErrorOccurred(MqttException cause) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String server) {}

    @Override
    public void authPacketArrived(int reason, MqttProperties properties) {}
  }
}
