package dev.twinspan.agent.fleet.load;

import dev.twinspan.agent.fleet.SimulatedBox;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttQoS;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One box: will, birth, health in intervals, events, answers. On its channel's loop. */
final class BoxSession extends MqttSession {
  private static final int LEAST_KEEP_ALIVE = 30;

  private final SimulatedBox box;
  private final Duration interval;
  private final LoadCounters counters;
  private volatile @Nullable ChannelHandlerContext context;
  private volatile boolean leaving;
  private @Nullable Future<?> reports;

  BoxSession(SimulatedBox box, Duration interval, LoadCounters counters) {
    super(counters);
    this.box = box;
    this.interval = interval;
    this.counters = counters;
  }

  @Override
  MqttMessageBuilders.ConnectBuilder connect(MqttMessageBuilders.ConnectBuilder builder) {
    SimulatedBox.Message will = box.will();
    // Health keeps it alive: there are no pings.
    int keepAlive = Math.max(LEAST_KEEP_ALIVE, 3 * (int) interval.toSeconds());
    return builder
        .clientId(box.device())
        .cleanSession(true)
        .keepAlive(keepAlive)
        .willFlag(true)
        .willTopic(will.topic())
        .willMessage(will.payload())
        .willQoS(MqttQoS.valueOf(will.qos()))
        .willRetain(will.retained());
  }

  @Override
  void connected(ChannelHandlerContext channel) {
    context = channel;
    counters.dialling.decrement();
    counters.connected.increment();
    subscribe(channel, box.filters(), MqttQoS.AT_LEAST_ONCE);
    send(box.birth(Instant.now()));
    if (leaving) { // it was late
      part(channel, true);
      return;
    }
    long period = interval.toMillis();
    // Boxes of a real fleet do not speak in chorus.
    long first = ThreadLocalRandom.current().nextLong(period);
    reports =
        channel.executor().scheduleAtFixedRate(this::health, first, period, TimeUnit.MILLISECONDS);
  }

  private void health() {
    if (up()) {
      send(List.of(box.health(Instant.now())));
    }
  }

  /** Any thread. */
  void event() {
    ChannelHandlerContext channel = context;
    if (channel != null) {
      channel.executor().execute(this::tell);
    }
  }

  private void tell() {
    if (up()) {
      send(List.of(box.event(Instant.now())));
      counters.eventsSent.increment();
    }
  }

  /** Any thread. Says goodbye, and clears what the broker keeps of it where that is wanted. */
  void leave(boolean clear) {
    leaving = true;
    ChannelHandlerContext channel = context;
    if (channel != null) {
      channel.executor().execute(() -> part(channel, clear));
    }
  }

  private void part(ChannelHandlerContext channel, boolean clear) {
    if (up()) {
      send(clear ? box.cleared() : List.of(box.farewell(Instant.now())));
      close(channel);
    }
  }

  private void send(List<SimulatedBox.Message> messages) {
    ChannelHandlerContext channel = context;
    if (channel == null) {
      return;
    }
    for (SimulatedBox.Message message : messages) {
      publish(channel, message.topic(), message.payload(), message.qos(), message.retained());
      if (message.topic().endsWith("/health")) {
        counters.healthSent.increment();
      }
    }
  }

  @Override
  void arrived(ChannelHandlerContext channel, String topic, byte[] payload, String correlation) {
    counters.commands.increment();
    if (up()) {
      send(box.heard(topic, payload, correlation, Instant.now()));
    }
  }

  @Override
  void ended(boolean wasUp, boolean wanted) {
    if (reports != null) {
      reports.cancel(false);
    }
    if (!wasUp) {
      counters.dialling.decrement();
    } else {
      counters.connected.decrement();
      if (!wanted) {
        counters.lost.increment();
      }
    }
  }
}
