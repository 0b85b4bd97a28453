package dev.twinspan.agent.fleet;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.FleetStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread "fleet", which owns the core, its client and the events on their way.
 *
 * <pre>
 *   Paho's threads ── offer ──► news (80) ──► fleet: core, inlets, feed ──► client
 *   control loop ──► outlet, wake ─────────────►
 *   status: the latest copy, looked at a few times a second
 * </pre>
 *
 * The queue takes two messages of each client itself and an answer for each event under way; one
 * that finds it full is of a client given up long ago. Of what the broker sends it takes no more
 * than 32, the rest is dropped and counted.
 */
final class FleetLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetLink.class);
  private static final long LOOK_MILLIS = 100;
  private static final long STOP_MILLIS = 6_000;

  /** Of the broker's messages; each 64 KB at most. */
  static final int MOST_WAITING = 32;

  private sealed interface News {
    /** Whom it is of; null: of no client. */
    @Nullable FleetClient client();

    record Connected(FleetClient client) implements News {}

    record Lost(FleetClient client, String why) implements News {}

    record Answered(FleetClient client, long ticket, @Nullable String refusal) implements News {}

    /** There are events. */
    record Happened(@Nullable FleetClient client) implements News {}

    record Arrived(FleetClient client, Inbound message) implements News {}
  }

  private final BlockingQueue<News> news = new ArrayBlockingQueue<>(48 + MOST_WAITING);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong overflow = new AtomicLong();
  private long overflowTold;
  private long strangers;
  private final List<Inlet> inlets;
  private final EventFeed feed;
  private final FleetCore core;
  private final FleetClient.Factory clients;
  private final Supplier<AgentStatus> status;
  private final String broker;
  private final Thread thread;
  private @Nullable FleetClient client;
  private @Nullable Thread closing;
  private @Nullable String whyNot;
  private @Nullable Instant nextAttempt;
  private volatile FleetStatus view;
  private volatile boolean stopping;

  FleetLink(
      FleetCore core,
      FleetClient.Factory clients,
      Supplier<AgentStatus> status,
      String broker,
      EventFeed feed,
      List<Inlet> inlets) {
    this.feed = feed;
    this.view =
        new FleetStatus(
            broker, FleetStatus.State.WAITING, Instant.now(), null, null, 0, 0, null, 0, 0);
    this.inlets = List.copyOf(inlets);
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

  /** Any thread: there are events to be fetched. */
  void wake() {
    if (news.isEmpty()) {
      news.offer(new News.Happened(null));
    }
  }

  /** How it does; any thread. */
  FleetStatus view() {
    return view;
  }

  private void run() {
    feed.open(System.nanoTime());
    try {
      while (!stopping) {
        News next = news.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          take(next);
        }
        perform(core.tick(System.nanoTime(), status.get()));
        serve();
        feed.turn(System.nanoTime(), status.get(), client);
        look();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    stop();
  }

  /** What the broker acknowledges to the last need not be told again by the next session. */
  @SuppressWarnings("ReferenceEquality") // one client after the other
  private void stop() {
    FleetClient last = client;
    feed.turn(System.nanoTime(), status.get(), last);
    perform(core.stop(System.nanoTime(), status.get()));
    for (News next = news.poll(); next != null; next = news.poll()) {
      if (next instanceof News.Answered answered && next.client() == last) {
        feed.answered(answered.ticket(), answered.refusal(), System.nanoTime());
      }
    }
    feed.close();
  }

  private void look() {
    EventFeed.View events = feed.view();
    FleetStatus.State state = core.state();
    boolean linked = state == FleetStatus.State.CONNECTED;
    view =
        new FleetStatus(
            broker,
            state,
            linked == (view.state() == FleetStatus.State.CONNECTED) ? view.since() : Instant.now(),
            state == FleetStatus.State.WAITING ? nextAttempt : null,
            linked ? null : whyNot,
            events.waiting(),
            events.dropped(),
            events.refused(),
            overflow.get(),
            strangers);
  }

  @SuppressWarnings("ReferenceEquality") // one client after the other
  private void take(News next) {
    if (next instanceof News.Arrived) {
      waiting.decrementAndGet();
    }
    if (next.client() == null || next.client() != client) {
      return; // of one that was given up
    }
    switch (next) {
      case News.Connected _ -> {
        LOG.info("fleet: connected to {}", broker);
        long now = System.nanoTime();
        perform(List.of(new FleetAction.Subscribe(filters())));
        perform(core.connected(now, status.get()));
        inlets.forEach(inlet -> inlet.linked(now, status.get()));
        feed.connected();
      }
      case News.Lost lost -> fail(lost.why());
      case News.Answered answered ->
          feed.answered(answered.ticket(), answered.refusal(), System.nanoTime());
      case News.Happened _ -> {}
      case News.Arrived arrived -> arrived(arrived.message());
    }
  }

  private List<String> filters() {
    String prefix = FleetTopic.prefix(status.get());
    return inlets.stream().flatMap(inlet -> inlet.filter().stream()).map(f -> prefix + f).toList();
  }

  /** Perhaps of a subscription of the last life, before it is renewed. */
  private void arrived(Inbound message) {
    AgentStatus seen = status.get();
    String prefix = FleetTopic.prefix(seen);
    boolean taken = false;
    if (message.topic().startsWith(prefix)) {
      String path = message.topic().substring(prefix.length());
      if (path.equals(FleetTopic.REBIRTH)) {
        // One that was kept would ask at each connection, when there is a birth anyway.
        perform(message.retained() ? List.of() : core.rebirth(System.nanoTime(), seen));
        taken = true;
      }
      for (Inlet inlet : inlets) {
        taken = taken || inlet.take(path, message, seen);
      }
    }
    if (!taken) {
      strangers++;
      LOG.debug("fleet: {} messages under topics that nobody asked for", strangers);
    }
  }

  private void serve() {
    AgentStatus seen = status.get();
    for (Inlet inlet : inlets) {
      inlet.look(System.nanoTime(), seen);
      if (core.online()) {
        perform(inlet.drain(seen));
      }
    }
    long lost = overflow.get();
    if (lost != overflowTold) {
      LOG.warn("fleet: {} messages dropped since the start: more than {} wait", lost, MOST_WAITING);
      overflowTold = lost;
    }
  }

  private void fail(String why) {
    long now = System.nanoTime();
    perform(core.lost(now));
    noLink(why);
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
        case FleetAction.Subscribe(List<String> filters) -> {
          if (client != null) {
            client.subscribe(filters);
          }
        }
        case FleetAction.Answer(String topic, byte[] payload, byte[] correlation) -> {
          if (client != null) {
            client.answer(topic, payload, correlation);
          }
        }
        case FleetAction.Close(boolean orderly) -> close(orderly);
      }
    }
  }

  /** One that is given up may take its time; events are taken in meanwhile. */
  private void close(boolean orderly) {
    FleetClient last = client;
    client = null;
    feed.lost();
    if (last != null && orderly) {
      last.close(true);
    } else if (last != null) {
      noLink("no answer for %d s".formatted(FleetCore.CONNECT_LIMIT.toSeconds()));
      closing = Thread.ofVirtual().name("fleet-closing").start(() -> last.close(false));
    }
  }

  private void noLink(String why) {
    whyNot = why;
    nextAttempt = Instant.now().plus(core.untilNextAttempt(System.nanoTime()));
  }

  private void connect(String willTopic, byte[] will) {
    if (closing != null && closing.isAlive()) {
      fail("the last connection is still being closed");
      return;
    }
    FleetClient.Listener listener =
        new FleetClient.Listener() {
          @Override
          public void connected(FleetClient of) {
            tell(new News.Connected(of));
          }

          @Override
          public void lost(FleetClient of, String why) {
            tell(new News.Lost(of, why));
          }

          @Override
          public void answered(FleetClient of, long ticket, @Nullable String refusal) {
            tell(new News.Answered(of, ticket, refusal));
          }

          @Override
          public void acknowledged(FleetClient of) {
            if (!stopping) { // what comes of a farewell says nothing of the next link
              inlets.forEach(Inlet::answered);
            }
          }

          @Override
          public void arrived(FleetClient of, Inbound message) {
            if (waiting.incrementAndGet() > MOST_WAITING
                || !news.offer(new News.Arrived(of, message))) {
              waiting.decrementAndGet();
              overflow.incrementAndGet();
            }
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
