package dev.twinspan.agent.fleet.load;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An MQTT 5 session as far as both sides of the simulation need one. On its channel's loop. A write
 * that fails closes the channel, and {@link #ended} tells.
 */
@SuppressWarnings("FutureReturnValueIgnored")
abstract class MqttSession extends SimpleChannelInboundHandler<MqttMessage> {
  /** MQTT 5 section 2.2.2.2. */
  private static final int CORRELATION_DATA = 0x09;

  private static final int PACKET_IDS = 65_535;
  private static final int FIRST_ERROR = 0x80;

  private final LoadCounters counters;

  /** Of what is not acknowledged yet: when it was sent. */
  private final Map<Integer, Long> pending = new HashMap<>();

  private final long begun = System.nanoTime();
  private int packetId;
  private boolean up;
  private boolean closing;

  MqttSession(LoadCounters counters) {
    this.counters = counters;
  }

  /** The CONNECT. */
  abstract MqttMessageBuilders.ConnectBuilder connect(MqttMessageBuilders.ConnectBuilder builder);

  /** The broker has let us in. */
  abstract void connected(ChannelHandlerContext context);

  abstract void arrived(
      ChannelHandlerContext context, String topic, byte[] payload, String correlation);

  /** It is over, however that came. */
  abstract void ended(boolean wasUp, boolean wanted);

  /** Whether it may be written to: behind a DISCONNECT nothing is read any more. */
  final boolean up() {
    return up && !closing;
  }

  /** TCP, or TLS, is there. */
  final void open(ChannelHandlerContext context) {
    context.writeAndFlush(
        connect(MqttMessageBuilders.connect().protocolVersion(MqttVersion.MQTT_5)).build());
  }

  final void subscribe(ChannelHandlerContext context, List<String> filters, MqttQoS qos) {
    MqttMessageBuilders.SubscribeBuilder subscribe =
        MqttMessageBuilders.subscribe().messageId(nextId());
    filters.forEach(filter -> subscribe.addSubscription(qos, filter));
    context.writeAndFlush(subscribe.properties(MqttProperties.NO_PROPERTIES).build());
  }

  final void publish(
      ChannelHandlerContext context, String topic, byte[] payload, int qos, boolean retained) {
    int id = qos == 0 ? 0 : nextId();
    if (qos > 0) {
      pending.put(id, System.nanoTime());
    }
    context.writeAndFlush(
        new MqttPublishMessage(
            new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.valueOf(qos), retained, 0),
            new MqttPublishVariableHeader(topic, id, MqttProperties.NO_PROPERTIES),
            Unpooled.wrappedBuffer(payload)));
  }

  /** Says DISCONNECT: there is no will. */
  final void close(ChannelHandlerContext context) {
    closing = true;
    context
        .writeAndFlush(
            new MqttMessage(
                new MqttFixedHeader(
                    MqttMessageType.DISCONNECT, false, MqttQoS.AT_MOST_ONCE, false, 0)))
        .addListener(_ -> context.close());
  }

  private int nextId() {
    packetId = packetId % PACKET_IDS + 1;
    return packetId;
  }

  @Override
  protected final void channelRead0(ChannelHandlerContext context, MqttMessage message) {
    if (message.decoderResult().isFailure()) {
      counters.fault("malformed message of the broker");
      context.close();
      return;
    }
    switch (message) {
      case MqttConnAckMessage answer -> answered(context, answer);
      case MqttPublishMessage publish -> taken(context, publish);
      default -> {
        switch (message.fixedHeader().messageType()) {
          case PUBACK -> acknowledged(message);
          case DISCONNECT -> counters.fault("the broker hung up");
          default -> {} // SUBACK, PINGRESP: nothing waits for them
        }
      }
    }
  }

  private void answered(ChannelHandlerContext context, MqttConnAckMessage answer) {
    MqttConnectReturnCode code = answer.variableHeader().connectReturnCode();
    if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
      counters.fault("refused: " + code);
      context.close();
      return;
    }
    up = true;
    counters.connects.add(System.nanoTime() - begun);
    connected(context);
  }

  private void acknowledged(MqttMessage message) {
    if (!(message.variableHeader() instanceof MqttMessageIdVariableHeader header)) {
      return;
    }
    Long sent = pending.remove(header.messageId());
    if (sent != null) {
      counters.acknowledgements.add(System.nanoTime() - sent);
    }
    if (header instanceof MqttPubReplyMessageVariableHeader reply
        && (reply.reasonCode() & 0xff) >= FIRST_ERROR) {
      counters.refused.increment();
      counters.fault("publish refused: " + MqttReasonCodes.PubAck.valueOf(reply.reasonCode()));
    }
  }

  private void taken(ChannelHandlerContext context, MqttPublishMessage publish) {
    MqttPublishVariableHeader header = publish.variableHeader();
    arrived(
        context,
        header.topicName(),
        ByteBufUtil.getBytes(publish.payload()),
        correlation(header.properties()));
    if (publish.fixedHeader().qosLevel() == MqttQoS.AT_LEAST_ONCE) {
      context.writeAndFlush(
          new MqttMessage(
              new MqttFixedHeader(MqttMessageType.PUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
              MqttMessageIdVariableHeader.from(header.packetId())));
    }
  }

  private static String correlation(@Nullable MqttProperties properties) {
    return properties != null
            && properties.getProperty(CORRELATION_DATA)
                instanceof MqttProperties.BinaryProperty property
        ? new String(property.value(), StandardCharsets.UTF_8)
        : "";
  }

  @Override
  public final void channelInactive(ChannelHandlerContext context) {
    boolean was = up;
    up = false;
    ended(was, closing);
    context.fireChannelInactive();
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    counters.fault(String.valueOf(cause));
    context.close();
  }
}
