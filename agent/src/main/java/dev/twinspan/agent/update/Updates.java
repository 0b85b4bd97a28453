package dev.twinspan.agent.update;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.FleetStatus;
import dev.twinspan.agent.status.LocalUpdates;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.update.UpdateCore.Act;
import dev.twinspan.agent.update.UpdateCore.News;
import dev.twinspan.agent.update.UpdateJob.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The thread "update", which owns the core and keeps its job on the disk; the rest is done by
 * {@link UpdateHands}.
 *
 * <pre>
 *   fleet: {@link #order} ─┐ offer
 *   update-hands (virtual) ┴──────► mailbox (64) ──► update: {@link UpdateCore} ──► disk, hands
 *   fleet: {@link #report} ◄──────── a copy
 * </pre>
 */
public final class Updates implements AutoCloseable, LocalUpdates {
  private static final Logger LOG = LoggerFactory.getLogger(Updates.class);
  private static final Duration PULSE = Duration.ofSeconds(1);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private sealed interface Message {
    record Ordered(UpdateOrder order, UpdateListener listener) implements Message {}

    record Happened(News news) implements Message {}

    record Progress(int percent) implements Message {}
  }

  /** What is told; changes with each step. */
  private record View(UpdateJob job, int percent) {}

  private final AgentControl agent;
  private final Surroundings box;
  private final Path directory;
  private final UpdateCore core;
  private final BlockingQueue<Message> mailbox = new ArrayBlockingQueue<>(64);
  private final UpdateHands hands;
  private final Thread thread;
  private boolean taken;
  private @Nullable UpdateListener listener;
  private int percent = -1;
  private volatile @Nullable View view;

  /**
   * @param directory where the job is kept, and the bundle
   * @param boot id of this start of the box
   */
  Updates(AgentControl agent, Surroundings box, Path directory, String boot) {
    this.agent = agent;
    this.box = box;
    this.directory = directory;
    this.core = new UpdateCore(boot, box.patience());
    this.hands =
        new UpdateHands(
            agent, box, directory, told -> put(new Message.Happened(told)), this::progress);
    this.thread = Thread.ofPlatform().name("update").daemon().unstarted(this::run);
  }

  /** Null where the box has no slots. */
  public static @Nullable Updates start(AgentControl agent) {
    Surroundings box = Surroundings.ofBox();
    if (!box.rauc().present()) {
      return null;
    }
    FleetConfig fleet = agent.config().fleet();
    Path directory = fleet == null ? FleetConfig.USUAL_STATE_DIRECTORY : fleet.stateDirectory();
    Updates started = new Updates(agent, box, directory, boot());
    started.start();
    return started;
  }

  void start() {
    thread.start();
  }

  /**
   * What works, by two looks at the box with some time between.
   *
   * @param before null: it could not be looked at
   * @param after likewise
   */
  public static Wellness wellness(@Nullable AgentStatus before, @Nullable AgentStatus after) {
    if (before == null || after == null) {
      return Wellness.NOTHING;
    }
    UpdateCore.Sight first = sight(before);
    UpdateCore.Sight then = sight(after);
    return new Wellness(
        then.tunnel(), then.bgp(), then.broker(), then.in() > first.in(), then.out() > first.out());
  }

  /** Of this start of the box; random(4). */
  public static String boot() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException _) {
      return "";
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    hands.close();
  }

  // --- any thread -------------------------------------------------------------------------------

  /** Whether anything can be updated here at all. */
  public static boolean supported() {
    return Surroundings.ofBox().rauc().present();
  }

  /** What comes of it, the listener is told. */
  public void order(UpdateOrder order, UpdateListener by) {
    if (!mailbox.offer(new Message.Ordered(order, by))) {
      by.ended(false, "busy", "too much is asked for at once: try again");
    }
  }

  @Override
  public CompletableFuture<ControlResult> install(
      String url, String sha256, long size, boolean force) {
    CompletableFuture<ControlResult> answer = new CompletableFuture<>();
    try {
      order(
          UpdateOrder.atTerminal(url, sha256, size, force),
          new UpdateListener() {
            @Override
            public void step(String step, int now) {
              answer.complete(ControlResult.accepted(step));
            }

            @Override
            public void ended(boolean ok, String reason, String sentence) {
              answer.complete(ControlResult.refused(reason, sentence));
            }
          });
    } catch (UpdateRefusal e) {
      answer.complete(ControlResult.refused(e.reason(), e.sentence()));
    }
    return answer;
  }

  @Override
  public ObjectNode report() {
    return report(agent.status().session(), Instant.now());
  }

  /** As {@code fleet/asyncapi.yaml} has it. */
  public ObjectNode report(long session, Instant now) {
    ObjectNode tree = Json.object().put("session", session).put("time", now.toString());
    View last = view;
    if (last == null) {
      return tree.put("state", "idle");
    }
    UpdateJob job = last.job();
    tree.put("state", job.phase() == Phase.REFUSED ? "idle" : job.phase().word());
    if (last.percent() >= 0 && !job.phase().isFinal()) {
      tree.put("percent", last.percent());
    }
    ObjectNode of = Json.object().put("id", job.order().id());
    if (!job.version().isEmpty()) {
      of.put("version", job.version());
    }
    if (!job.target().isEmpty()) {
      of.put("slot", job.target());
    }
    if (job.phase() == Phase.REFUSED) {
      of.put("refused", true);
    }
    tree.set("job", of);
    if (!job.reason().isEmpty()) {
      tree.put("reason", job.reason()).put("sentence", job.sentence());
    }
    return tree;
  }

  /** Changes whenever there is something else to report. */
  public @Nullable Object revision() {
    return view;
  }

  // --- the thread "update" ----------------------------------------------------------------------

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Message next = mailbox.poll(PULSE.toMillis(), TimeUnit.MILLISECONDS);
        if (!taken) {
          takeUp();
        }
        if (next != null) {
          take(next);
        }
        perform(core.tick(System.nanoTime(), Instant.now(), sight(agent.status())));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is on the disk; again and again until RAUC's service answers. */
  private void takeUp() throws InterruptedException {
    try {
      UpdateJob left = UpdateJob.read(directory).orElse(null);
      if (left != null) {
        List<Act> acts = core.start(System.nanoTime(), left, box.rauc().slots().booted());
        show();
        perform(acts);
      }
      taken = true;
    } catch (UpdateRefusal e) {
      LOG.warn("update: {}", e.sentence());
    } catch (IOException e) {
      LOG.warn("update: {} cannot be read: {}", directory, e.getMessage());
    }
  }

  private void take(Message message) throws InterruptedException {
    switch (message) {
      case Message.Ordered(UpdateOrder order, UpdateListener by) -> {
        if (core.busy() == null) {
          takeUp(); // somebody may have installed one by hand meanwhile
        }
        UpdateRefusal refusal = core.busy();
        if (refusal != null || !taken) {
          by.ended(
              false,
              refusal == null ? "no_service" : refusal.reason(),
              refusal == null ? "RAUC's service does not answer yet" : refusal.sentence());
          return;
        }
        listener = by;
        perform(core.order(order));
      }
      case Message.Happened(News news) -> perform(core.take(System.nanoTime(), news));
      case Message.Progress(int now) -> {
        if (now != percent) {
          percent = now;
          show();
        }
      }
    }
  }

  private void perform(List<Act> acts) {
    for (Act act : acts) {
      switch (act) {
        case Act.Keep(UpdateJob job) -> {
          if (!keep(job)) {
            return;
          }
        }
        case Act other -> hands.begin(other);
      }
    }
  }

  /**
   * @return whether to go on: what is not on the disk is not done, but for what leads back to a
   *     slot that works
   */
  private boolean keep(UpdateJob job) {
    String fault = write(job);
    percent = -1;
    show();
    LOG.info(
        "update {}: {}{}",
        job.order().id(),
        job.phase().word(),
        job.sentence().isEmpty() ? "" : ": " + job.sentence());
    tell(job);
    if (fault.isEmpty()) {
      return true;
    }
    LOG.warn("update: {} cannot be written: {}", directory, fault);
    boolean back = job.phase() == Phase.ROLLING_BACK;
    if (!back && !job.phase().isFinal()) {
      perform(
          core.take(
              System.nanoTime(),
              new News.Failed(
                  "not_durable",
                  "fleet.state-directory %s cannot be written: %s".formatted(directory, fault))));
    }
    return back;
  }

  /** Before anybody hears of it. Empty: it is on the disk. */
  private String write(UpdateJob job) {
    try {
      job.write(directory);
      if (job.phase().isFinal()) {
        hands.dropBundle();
      }
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void tell(UpdateJob job) {
    UpdateListener by = listener;
    if (by == null) {
      return;
    }
    if (job.phase() == Phase.REFUSED) {
      listener = null;
      by.ended(false, job.reason(), job.sentence());
    } else if (job.phase() == Phase.INSTALLED) {
      listener = null;
      by.ended(
          true,
          "ok",
          "version %s is in slot %s, and tried when the box starts anew (%s); ota tells what comes of it"
              .formatted(job.version(), job.target(), job.order().at()));
    } else {
      by.step(job.phase().word(), -1);
    }
  }

  private void show() {
    UpdateJob job = core.job();
    View last = job == null ? null : new View(job, percent);
    view = last;
    UpdateListener by = listener;
    if (by != null && last != null && percent >= 0) {
      by.step(last.job().phase().word(), percent);
    }
  }

  private static UpdateCore.Sight sight(AgentStatus status) {
    FleetStatus fleet = status.added().fleet();
    List<TunnelStatus> tunnels = status.tunnels();
    return new UpdateCore.Sight(
        tunnels.stream().anyMatch(tunnel -> tunnel.state() == TunnelStatus.State.UP),
        status.bgp().stream().anyMatch(session -> session.state() == BgpSession.State.ESTABLISHED),
        fleet != null && fleet.state() == FleetStatus.State.CONNECTED,
        tunnels.stream().mapToLong(tunnel -> tunnel.traffic().inBytes()).sum(),
        tunnels.stream().mapToLong(tunnel -> tunnel.traffic().outBytes()).sum());
  }

  private void put(Message message) {
    try {
      mailbox.put(message);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** One that finds no room is followed by others. */
  private void progress(int now) {
    if (now % 5 == 0) {
      boolean _ = mailbox.offer(new Message.Progress(now));
    }
  }
}
