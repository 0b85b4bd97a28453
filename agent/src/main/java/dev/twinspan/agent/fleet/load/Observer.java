package dev.twinspan.agent.fleet.load;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttQoS;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Listens to all of the fleet, as a page does, and counts what comes and how late. */
final class Observer extends MqttSession {
  private static final int KEEP_ALIVE = 600;
  private static final String TIME = "\"time\":\"";

  private final LoadPlan plan;
  private final LoadCounters counters;
  private final String ours;
  final CountDownLatch listening = new CountDownLatch(1);

  Observer(LoadPlan plan, LoadCounters counters) {
    super(counters);
    this.plan = plan;
    this.counters = counters;
    this.ours = "twinspan/1/" + plan.site() + "/" + plan.prefix();
  }

  @Override
  MqttMessageBuilders.ConnectBuilder connect(MqttMessageBuilders.ConnectBuilder builder) {
    return builder
        .clientId("observer-" + plan.prefix() + ProcessHandle.current().pid())
        .cleanSession(true)
        .keepAlive(KEEP_ALIVE);
  }

  @Override
  void connected(ChannelHandlerContext context) {
    subscribe(context, List.of("twinspan/1/#"), MqttQoS.AT_LEAST_ONCE);
    listening.countDown();
  }

  @Override
  void arrived(ChannelHandlerContext context, String topic, byte[] payload, String correlation) {
    if (!topic.startsWith(ours)) {
      return;
    }
    if (topic.endsWith("/health")) {
      counters.healthSeen.increment();
      late(payload);
    } else if (topic.endsWith("/event")) {
      counters.eventsSeen.increment();
    }
  }

  /** Sender and listener have one clock: they are one process. */
  private void late(byte[] payload) {
    String text = new String(payload, StandardCharsets.UTF_8);
    int from = text.indexOf(TIME) + TIME.length();
    int to = text.indexOf('"', from);
    try {
      Instant sent = Instant.parse(text.substring(from, to));
      counters.deliveries.add(Duration.between(sent, Instant.now()).toNanos());
    } catch (DateTimeParseException | StringIndexOutOfBoundsException _) {
      counters.fault("health without its time");
    }
  }

  @Override
  void ended(boolean wasUp, boolean wanted) {
    if (!wanted) {
      counters.fault("the observer lost its connection");
    }
  }
}
