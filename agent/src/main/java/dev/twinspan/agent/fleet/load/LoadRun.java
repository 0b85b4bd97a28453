package dev.twinspan.agent.fleet.load;

import dev.twinspan.agent.fleet.SimulatedBox;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan against the broker. {@link #start} and {@link #close} for programs that do something
 * beside it, {@link #run} for a whole measurement. For one thread.
 */
public final class LoadRun implements AutoCloseable {
  private static final int LOOPS = 2;
  private static final int LARGEST_MESSAGE = 256 << 10;
  private static final int CONNECT_MILLIS = 20_000;
  private static final Duration LOOK = Duration.ofMillis(10);
  private static final Duration TELL = Duration.ofMillis(500);

  /** On their way at once: a machine that is slow with one thing is not given more of it. */
  private static final int DIALLING = 200;

  /** Until the last has connected, and until the last that was sent has arrived. */
  private static final Duration SETTLE = Duration.ofSeconds(60);

  private final LoadPlan plan;
  private final LoadCounters counters = new LoadCounters();
  private final EventLoopGroup loops = loops("load", LOOPS);
  private final EventLoopGroup watch = loops("load-watch", 1);
  private final List<BoxSession> sessions = new ArrayList<>();
  private final Instant begun = Instant.now();
  private final long session = begun.getEpochSecond();
  private @Nullable Observer observer;
  private @Nullable Channel observing;

  public LoadRun(LoadPlan plan) {
    this.plan = plan;
  }

  private static EventLoopGroup loops(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  /** Observes, then connects all boxes at the plan's pace; returns when all were asked to. */
  public void start(Consumer<LoadReport> progress) throws IOException {
    if (plan.observer() != null) {
      observe(plan.observer());
    }
    long start = System.nanoTime();
    long told = start;
    for (int i = 0; i < plan.boxes(); i++) {
      long due = start + (long) (i * 1e9 / plan.connects());
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(Math.max(1, due - System.nanoTime()));
      }
      until(SETTLE, () -> counters.dialling.sum() < DIALLING);
      add(i);
      if (System.nanoTime() - told > TELL.toNanos()) {
        told = System.nanoTime();
        progress.accept(report(Duration.ZERO));
      }
    }
  }

  private void observe(String name) throws IOException {
    Observer made = new Observer(plan, counters);
    ChannelFuture connecting = dial(watch, made, plan.tls(name));
    observing = connecting.channel();
    observer = made;
    boolean there;
    try {
      there = made.listening.await(CONNECT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      there = false;
    }
    if (!there) {
      Throwable cause = connecting.cause();
      throw new IOException(
          "the observer gets no connection to %s: %s"
              .formatted(
                  plan.broker(),
                  cause == null
                      ? String.join(", ", counters.faults().keySet())
                      : cause.getMessage()));
    }
  }

  private void add(int number) throws IOException {
    String device = plan.device(number);
    // Spread evenly, the same ones in each run.
    boolean faulty = Math.floor((number + 1) * plan.faulty()) > Math.floor(number * plan.faulty());
    SimulatedBox box = new SimulatedBox(plan.site(), device, session, begun, faulty);
    BoxSession made = new BoxSession(box, plan.healthInterval(), counters);
    sessions.add(made);
    counters.dialling.increment();
    dial(loops, made, plan.tls(device))
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                counters.dialling.decrement();
                counters.fault("no connection: " + done.cause().getMessage());
              }
            });
  }

  private ChannelFuture dial(EventLoopGroup group, MqttSession session, @Nullable SSLContext tls) {
    return new Bootstrap()
        .group(group)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .handler(
            new ChannelInitializer<NioSocketChannel>() {
              @Override
              protected void initChannel(NioSocketChannel channel) {
                if (tls != null) {
                  channel.pipeline().addLast(new SslHandler(engine(tls)));
                }
                channel
                    .pipeline()
                    .addLast(new MqttDecoder(LARGEST_MESSAGE), MqttEncoder.INSTANCE, session);
              }
            })
        .connect(plan.broker().host(), plan.broker().port())
        .addListener(
            (ChannelFuture done) -> {
              if (done.isSuccess()) {
                session.open(done.channel().pipeline().context(session));
              }
            });
  }

  private SSLEngine engine(SSLContext tls) {
    SSLEngine engine = tls.createSSLEngine(plan.broker().host(), plan.broker().port());
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.3"});
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Whether all boxes are connected within that time. */
  public boolean complete(Duration limit) {
    return until(limit, () -> counters.connected.sum() == plan.boxes());
  }

  /**
   * The whole measurement.
   *
   * @param progress told now and then
   */
  public LoadReport run(Consumer<LoadReport> progress) throws IOException {
    start(progress);
    complete(SETTLE);
    long start = System.nanoTime();
    long told = start;
    long events = 0;
    while (System.nanoTime() - start < plan.time().toNanos()) {
      LockSupport.parkNanos(LOOK.toNanos());
      double seconds = (System.nanoTime() - start) / 1e9;
      for (; events < seconds * plan.events() && !sessions.isEmpty(); events++) {
        sessions.get(ThreadLocalRandom.current().nextInt(sessions.size())).event();
      }
      if (System.nanoTime() - told > TELL.toNanos()) {
        told = System.nanoTime();
        progress.accept(report(Duration.ofNanos(told - start)));
      }
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
    }
    Duration lasted = Duration.ofNanos(System.nanoTime() - start);
    leave(true);
    if (observer != null) {
      until(
          SETTLE,
          () ->
              counters.healthSeen.sum() >= counters.healthSent.sum()
                  && counters.eventsSeen.sum() >= counters.eventsSent.sum());
    }
    return report(lasted);
  }

  /** All boxes say goodbye; returns when they are gone. */
  public void leave(boolean clear) {
    sessions.forEach(session -> session.leave(clear));
    until(SETTLE, () -> counters.connected.sum() == 0 && counters.dialling.sum() == 0);
  }

  public LoadReport report(Duration lasted) {
    return LoadReport.of(plan, counters, lasted);
  }

  private static boolean until(Duration limit, BooleanSupplier so) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return true;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // its loop is waited for
  public void close() {
    Channel last = observing;
    if (last != null) {
      last.close();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    watch.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
