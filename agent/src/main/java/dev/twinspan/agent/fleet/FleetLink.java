package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread "fleet", which owns the core and its client.
 *
 * <pre>
 *   Paho's threads ── offer ──► news (16) ──► fleet: core ──► client
 *   status: the latest copy, looked at a few times a second
 * </pre>
 *
 * The queue takes two messages of each client at most; one that finds it full is of a client given
 * up long ago.
 */
final class FleetLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetLink.class);
  private static final long LOOK_MILLIS = 100;
  private static final long STOP_MILLIS = 6_000;

  private record News(FleetClient client, boolean connected, String why) {}

  private final BlockingQueue<News> news = new ArrayBlockingQueue<>(16);
  private final FleetCore core;
  private final FleetClient.Factory clients;
  private final Supplier<AgentStatus> status;
  private final String broker;
  private final Thread thread;
  private @Nullable FleetClient client;
  private volatile boolean stopping;

  FleetLink(
      FleetCore core, FleetClient.Factory clients, Supplier<AgentStatus> status, String broker) {
    this.core = core;
    this.clients = clients;
    this.status = status;
    this.broker = broker;
    this.thread = Thread.ofPlatform().name("fleet").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Says goodbye where there is somebody to say it to; returns when that is done. */
  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!stopping) {
        News next = news.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          take(next);
        }
        perform(core.tick(System.nanoTime(), status.get()));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    perform(core.stop(System.nanoTime(), status.get()));
  }

  @SuppressWarnings("ReferenceEquality") // one client after the other
  private void take(News next) {
    if (next.client() != client) {
      return; // of one that was given up
    }
    if (next.connected()) {
      LOG.info("fleet: connected to {}", broker);
      perform(core.connected(System.nanoTime(), status.get()));
    } else {
      fail(next.why());
    }
  }

  private void fail(String why) {
    long now = System.nanoTime();
    perform(core.lost(now));
    LOG.warn(
        "fleet: no link to {}: {}; dialled again in {} s",
        broker,
        why,
        core.untilNextAttempt(now).toSeconds() + 1);
  }

  private void perform(List<FleetAction> actions) {
    for (FleetAction action : actions) {
      switch (action) {
        case FleetAction.Connect(String willTopic, byte[] will) -> connect(willTopic, will);
        case FleetAction.Publish(String topic, byte[] payload, int qos, boolean retained) -> {
          if (client != null) {
            client.publish(topic, payload, qos, retained);
          }
        }
        case FleetAction.Close(boolean orderly) -> {
          if (client != null) {
            client.close(orderly);
            client = null;
          }
        }
      }
    }
  }

  private void connect(String willTopic, byte[] will) {
    FleetClient.Listener listener =
        new FleetClient.Listener() {
          @Override
          public void connected(FleetClient of) {
            tell(new News(of, true, ""));
          }

          @Override
          public void lost(FleetClient of, String why) {
            tell(new News(of, false, why));
          }
        };
    try {
      client = clients.connect(willTopic, will, listener);
    } catch (IOException e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private void tell(News next) {
    if (!news.offer(next)) {
      LOG.debug("fleet: news of a client that was given up");
    }
  }
}
