package dev.twinspan.agent.fleet;

import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;

/**
 * A message from the broker, of whatever anybody has sent there.
 *
 * @param payload null: longer than anything that is read here
 * @param size of the payload, bytes
 * @param retained whether it was kept by the broker, or is to be
 * @param correlation null: none, or longer than any that is read here
 * @param expirySeconds what was left of it on arrival; -1: it does not expire
 * @param responseTopic null: none
 * @param arrivedNanos monotonic
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, and changed by nobody
record Inbound(
    String topic,
    byte @Nullable [] payload,
    int size,
    boolean retained,
    byte @Nullable [] correlation,
    long expirySeconds,
    @Nullable String responseTopic,
    long arrivedNanos) {
  /** What Azure Event Grid keeps of a retained message; nothing longer is looked at. */
  static final int MOST_BYTES = 64 << 10;

  private static final int MOST_CORRELATION = 256;

  static Inbound of(String topic, MqttMessage message, long now) {
    byte[] payload = message.getPayload();
    MqttProperties properties = message.getProperties();
    byte[] correlation = properties == null ? null : properties.getCorrelationData();
    Long expiry = properties == null ? null : properties.getMessageExpiryInterval();
    return new Inbound(
        topic,
        payload.length > MOST_BYTES ? null : payload,
        payload.length,
        message.isRetained(),
        correlation == null || correlation.length > MOST_CORRELATION ? null : correlation,
        expiry == null ? -1 : expiry,
        properties == null ? null : properties.getResponseTopic(),
        now);
  }
}
