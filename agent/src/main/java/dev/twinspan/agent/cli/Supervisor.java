package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.doctor.CheckUp;
import dev.twinspan.agent.fleet.FleetEndpoint;
import dev.twinspan.agent.http.HttpEndpoint;
import dev.twinspan.agent.metrics.Exposition;
import dev.twinspan.agent.metrics.MetricsServer;
import dev.twinspan.agent.page.PageServer;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusServer;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.update.KeptConfig;
import dev.twinspan.agent.update.Updates;
import dev.twinspan.ffi.linux.SystemdNotify;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Looks after a running agent: signals, reload, status socket, metrics, page, fleet, check-ups,
 * service manager, watchdog.
 *
 * <pre>
 *   signal handlers ─┐ offer
 *   status thread ───┼──────► mailbox (16) ──► main thread: {@link #run}
 *   agent's failure ─┘
 * </pre>
 *
 * The main thread does the work, so reloads never overlap and file access blocks nobody.
 *
 * <p>Signals come by {@code sun.misc.Signal}: Java has no other way to receive SIGHUP, the module
 * jdk.unsupported is meant to be used so, and GraalVM supports it.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final Duration PULSE = Duration.ofSeconds(1);
  private static final long APPLY_SECONDS = 10;

  /** It takes one each second, and the longest take less than that. */
  private static final Duration LONGEST_TURN = Duration.ofSeconds(2);

  private sealed interface Message {
    record Stop(String why) implements Message {}

    record Reload(CompletableFuture<ControlResult> answer) implements Message {}

    /** There is a configuration from afar. */
    record Nudge() implements Message {}

    record Fault(Throwable cause) implements Message {}
  }

  private final AgentControl agent;
  private final Reloader reloader;
  private final KeptConfig kept;
  private AgentConfig keptFor;
  private final Exposition exposition;
  private final HttpEndpoint metrics;
  private final HttpEndpoint page;
  private final FleetEndpoint fleet;
  private final CheckUp checkUp;
  private final StartPages startPages = new StartPages();

  /** Null: this machine has no image that could be updated. */
  private final @Nullable Updates updates;

  private final SystemdNotify systemd = SystemdNotify.of(System.getenv());
  private final Duration pulse =
      systemd.watchdogInterval().filter(w -> w.compareTo(PULSE) < 0).orElse(PULSE);
  private final Map<Signal, SignalHandler> handlersBefore = new HashMap<>();
  private String told = "";
  private final BlockingQueue<Message> mailbox = new ArrayBlockingQueue<>(16);

  Supervisor(AgentControl agent, CompletableFuture<Void> failure, Path config) {
    this.agent = agent;
    this.reloader = new Reloader(config, agent);
    this.kept = KeptConfig.ofBox(config);
    this.keptFor = agent.config();
    this.exposition = new Exposition(agent::status);
    this.metrics = MetricsServer.endpoint(exposition);
    this.page = PageServer.endpoint(agent::status);
    this.updates = Updates.start(agent);
    this.fleet = new FleetEndpoint(agent, config, () -> nudge(), updates);
    this.checkUp = new CheckUp(agent::status, () -> agent.config().tunnelDevice());
    agent.add(() -> new Added(fleet.status(), checkUp.verdicts()));
    failure.whenComplete(
        (_, cause) -> {
          if (cause != null) {
            mailbox.offer(new Message.Fault(cause));
          }
        });
  }

  /**
   * Returns when the agent is to stop; the caller closes it.
   *
   * @throws IOException when the status socket cannot be opened
   */
  int run(Path socket) throws IOException {
    handle("HUP", () -> requestReload());
    handle("TERM", () -> stop("SIGTERM"));
    handle("INT", () -> stop("SIGINT"));
    try {
      return serve(socket);
    } finally {
      // While the agent closes, a second Ctrl-C ends the process as it would any other.
      handlersBefore.forEach(Signal::handle);
      systemd.close();
    }
  }

  private int serve(Path socket) throws IOException {
    try (StatusServer server =
            StatusServer.start(socket, agent, this::requestReload, exposition, updates);
        metrics;
        page;
        updates;
        fleet;
        checkUp) {
      metrics.follow(agent.config().metrics());
      page.follow(agent.config().page());
      fleet.follow(agent.config().fleet());
      checkUp.start();
      LOG.info("status on {}; systemd: {}", socket, systemd.reason());
      told = summary();
      systemd.ready(told);
      int exitCode = loop();
      systemd.stopping();
      return exitCode;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  private int loop() throws InterruptedException {
    while (true) {
      Message message = mailbox.poll(pulse.toMillis(), TimeUnit.MILLISECONDS);
      switch (message) {
        case null -> pulse();
        case Message.Nudge _ -> pulse();
        case Message.Reload(var answer) -> reload(answer);
        case Message.Stop(var why) -> {
          LOG.info("stopping: {}", why);
          return ExitCode.OK;
        }
        case Message.Fault(var cause) -> {
          LOG.error("a fault ended the agent", cause);
          return ExitCode.FAILED;
        }
      }
    }
  }

  /** The watchdog is fed only by a control loop that takes its turns. */
  private void pulse() {
    fleet.tryOut();
    keepConfig();
    metrics.follow(agent.config().metrics());
    page.follow(agent.config().page());
    fleet.follow(agent.config().fleet());
    long silent = System.nanoTime() - agent.turnedAt();
    if (silent > LONGEST_TURN.toNanos()) {
      LOG.warn("the control loop has taken no turn for {} ms", silent / 1_000_000);
      return;
    }
    if (systemd.watchdogInterval().isPresent()) {
      systemd.alive();
    }
    startPages.look();
    if (!told.equals(summary())) {
      told = summary();
      systemd.status(told);
    }
  }

  /** The file is what is in force, but during a trial. */
  @SuppressWarnings("ReferenceEquality") // one after the other
  private void keepConfig() {
    AgentConfig inForce = agent.config();
    if (inForce != keptFor && !fleet.isTrying()) {
      keptFor = inForce;
      kept.keep();
    }
  }

  private void reload(CompletableFuture<ControlResult> answer) throws InterruptedException {
    systemd.reloading();
    CompletableFuture<ControlResult> applied = reloader.reload();
    await(applied);
    ControlResult result =
        applied.isDone() && !applied.isCompletedExceptionally()
            ? applied.join()
            : ControlResult.refused("no-answer", "the control loop did not take the configuration");
    if (result.ok()) {
      fleet.reloaded();
      LOG.info("{}", result.sentence());
    } else {
      LOG.error("{}", result.sentence());
    }
    answer.complete(result);
    systemd.ready(summary());
  }

  private static void await(CompletableFuture<?> applied) throws InterruptedException {
    try {
      applied.get(APPLY_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException _) {
      // The caller is told so.
    } catch (ExecutionException e) {
      LOG.error("reload failed", e.getCause());
    }
  }

  private CompletableFuture<ControlResult> requestReload() {
    CompletableFuture<ControlResult> answer = new CompletableFuture<>();
    if (!mailbox.offer(new Message.Reload(answer))) {
      answer.complete(ControlResult.refused("busy", "reloads are waiting already: try again"));
    }
    return answer;
  }

  /** One that finds no room need not: the next pulse is near. */
  private void nudge() {
    boolean _ = mailbox.offer(new Message.Nudge());
  }

  private void stop(String why) {
    while (!mailbox.offer(new Message.Stop(why))) {
      mailbox.poll(); // a reload that came before the end; its caller's time runs out
    }
  }

  private String summary() {
    AgentStatus status = agent.status();
    long up = status.tunnels().stream().filter(t -> t.state() == TunnelStatus.State.UP).count();
    return up + " of " + status.tunnels().size() + " tunnels up";
  }

  private void handle(String name, Runnable action) {
    Signal signal = new Signal(name);
    handlersBefore.put(signal, Signal.handle(signal, _ -> action.run()));
  }
}
