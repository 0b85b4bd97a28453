package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.config.ConfigDiff;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.fleet.desired.Outcome.Result;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes up configurations from afar, and takes them back when they do harm.
 *
 * <pre>
 *  fleet: {@link #desire} ─latest─► main thread: {@link #step} ─► check ─► apply ─► {@link Trial}
 *  fleet: {@link #report} ◄─────────────────────── outcome ◄── the file is written, or the old applied
 * </pre>
 *
 * The file on the disk is the last word until a trial is over: whatever ends the agent meanwhile,
 * it starts with the old one. All but the methods named above are for the main thread, which
 * reloads, too.
 */
public final class DesiredDesk {
  private static final Logger LOG = LoggerFactory.getLogger(DesiredDesk.class);
  private static final long APPLY_SECONDS = 10;
  private static final Duration SETTLES = Duration.ofSeconds(60);
  private static final String NO_ANSWER = "no-answer";

  /** A trial under way. */
  private record Running(Desired desired, Trial trial, String before, Instant taken) {}

  private final AgentControl agent;
  private final Path file;
  private final Runnable wake;
  private final AtomicReference<byte @Nullable []> pending = new AtomicReference<>();
  private volatile boolean trying;
  private final LongSupplier clock;
  private volatile long answered;

  private final DesiredBook book;
  private @Nullable Running running;

  /** On its way by its URL; null: nothing is. */
  private @Nullable DesiredFetch fetching;

  /** The text in force; empty: it could not be read. */
  private String text;

  /**
   * @param file the configuration
   * @param wake has the main thread call {@link #step} soon
   */
  public DesiredDesk(AgentControl agent, Path file, Runnable wake) {
    this(agent, file, wake, System::nanoTime);
  }

  /**
   * @param clock monotonic, nanoseconds
   */
  DesiredDesk(AgentControl agent, Path file, Runnable wake, LongSupplier clock) {
    this.clock = clock;
    this.answered = clock.getAsLong();
    this.agent = agent;
    this.file = file;
    this.book = new DesiredBook(file, this::digest);
    this.wake = wake;
    this.text = read();
  }

  private Sha256 digest() {
    return Sha256.of(agent.config().crypto().fips());
  }

  private String read() {
    try {
      return Files.readString(file);
    } catch (IOException _) {
      return "";
    }
  }

  // --- any thread -------------------------------------------------------------------------------

  /** The latest is what counts; an empty one withdraws what was desired before. */
  public void desire(byte[] payload) {
    pending.set(payload);
    wake.run();
  }

  /** What became of the latest; null: nothing was ever desired. */
  public @Nullable ObjectNode report(long session, Instant now) {
    DesiredBook.Told last = book.told();
    return last == null ? null : last.outcome().tree(session, now, last.version(), last.hash());
  }

  /** Changes whenever there is something else to report. */
  public @Nullable Object revision() {
    return book.told();
  }

  /** Whether the broker is to be asked again and again. */
  public boolean isTrying() {
    return trying;
  }

  /** The broker has answered. */
  public void answered() {
    answered = clock.getAsLong();
  }

  // --- the main thread --------------------------------------------------------------------------

  /** As time goes by, once a second or so, and when woken. */
  public void step() {
    FleetConfig fleet = agent.config().fleet();
    if (fleet == null && running == null) {
      return;
    }
    if (fleet != null) {
      book.open(fleet.stateDirectory(), text);
    }
    byte[] next = pending.get() == null || settles() ? null : pending.getAndSet(null);
    if (next != null && next.length == 0) {
      withdraw();
    } else if (next != null) {
      take(next);
    }
    fetched();
    Running current = running;
    if (current != null) {
      watch(current);
    }
  }

  /** An operator's reload has been applied: whatever was tried is over. */
  public void reloaded() {
    Running current = running;
    running = null;
    trying = false;
    text = read();
    if (current != null) {
      end(
          current.desired(),
          Result.ROLLED_BACK,
          "operator",
          "the operator's own file was taken up during the trial");
    }
  }

  /** A box that has just started has nothing yet that a trial could be measured by. */
  private boolean settles() {
    AgentStatus status = agent.status();
    return Duration.between(status.since(), status.time()).compareTo(SETTLES) < 0
        && tunnels(status) < status.tunnels().size();
  }

  private void take(byte[] payload) {
    Desired named = Desired.named(payload);
    Running current = running;
    if (current != null
        && current.desired().version().equals(named.version())
        && current.desired().hash().equals(named.hash())) {
      return; // kept by the broker, and sent again at each connection
    }
    if (fetching != null && fetching.isOf(named)) {
      return;
    }
    forget(); // what is desired now is this one, also when it is in force already
    if (book.tellAgain(named)) {
      return;
    }
    if (current != null) {
      rollBack(current, "superseded", "another configuration is desired");
    }
    try {
      Desired desired = Desired.parse(payload, digest());
      if (desired.url() == null) {
        tryOut(desired);
      } else {
        FleetConfig fleet = agent.config().fleet();
        fetching = fleet == null ? null : DesiredFetch.begin(desired, fleet, wake);
      }
    } catch (Refusal e) {
      end(named, Result.REFUSED, e.reason(), e.sentence(), e.problems());
    }
  }

  /** What was to be fetched is here, or cannot be had. */
  private void fetched() {
    DesiredFetch under = fetching;
    DesiredFetch.Result result = under == null ? null : under.result();
    if (under == null || result == null) {
      return;
    }
    fetching = null;
    switch (result) {
      case DesiredFetch.Result.Text(String config) -> tryOut(under.desired().with(config));
      case DesiredFetch.Result.Failed(Refusal why) ->
          end(under.desired(), Result.REFUSED, why.reason(), why.sentence(), null);
    }
  }

  private void tryOut(Desired desired) {
    try {
      begin(desired, DesiredCheck.check(file, text, desired.config(), agent.config()));
    } catch (Refusal e) {
      end(desired, Result.REFUSED, e.reason(), e.sentence(), e.problems());
    }
  }

  /** Nothing is desired any more; what was confirmed stays. */
  private void withdraw() {
    forget();
    Running current = running;
    if (current != null) {
      rollBack(current, "withdrawn", "it was withdrawn during its trial");
    }
  }

  /** What is still on its way is of no interest any more. */
  private void forget() {
    DesiredFetch under = fetching;
    fetching = null;
    if (under != null) {
      under.cancel();
    }
  }

  private void begin(Desired desired, AgentConfig next) throws Refusal {
    AgentConfig before = agent.config();
    FleetConfig fleet = Objects.requireNonNull(before.fleet());
    boolean harmless = ConfigDiff.between(before, next).isEmpty() && fleet.equals(next.fleet());
    int tunnels =
        Math.min(
            tunnels(agent.status()),
            next.connections().stream().mapToInt(hub -> hub.instances().size()).sum());
    int sessions = Math.min(sessions(agent.status()), BgpPeers.of(next).size());
    if (!harmless) {
      // A trial that nobody remembers could not be told from a configuration that was confirmed.
      book.keep(DesiredBook.outcome(desired, Result.TRIAL, "trial", "tried out", null));
    }
    Instant seen = agent.status().time();
    ControlResult applied = apply(next);
    if (!applied.ok()) {
      if (applied.code().equals(NO_ANSWER)) {
        // The loop may take it yet; what stands behind it in the same queue is the old one.
        AgentConfig old = ConfigReader.read(file, text).config();
        if (old != null) {
          var _ = agent.apply(old);
        }
      }
      throw new Refusal(applied.code().replace('-', '_'), applied.sentence());
    }
    if (harmless) {
      confirm(new Running(desired, new Trial(clock.getAsLong(), fleet.trial(), 0, 0), text, seen));
      return;
    }
    LOG.info("configuration {} from the fleet is tried out", desired.version());
    running =
        new Running(
            desired, new Trial(clock.getAsLong(), fleet.trial(), tunnels, sessions), text, seen);
    trying = true;
    end(
        desired,
        Result.TRIAL,
        "trial",
        "in force for a trial of %d s at most".formatted(fleet.trial().toSeconds()));
  }

  private static int tunnels(AgentStatus status) {
    return (int)
        status.tunnels().stream()
            .filter(
                t -> t.state() == TunnelStatus.State.UP || t.state() == TunnelStatus.State.SUSPECT)
            .count();
  }

  private static int sessions(AgentStatus status) {
    return (int)
        status.bgp().stream().filter(b -> b.state() == BgpSession.State.ESTABLISHED).count();
  }

  private void watch(Running current) {
    AgentStatus status = agent.status();
    if (status.time().equals(current.taken())) {
      return; // made before
    }
    Trial.Sight sight = new Trial.Sight(tunnels(status), sessions(status), answered);
    switch (current.trial().look(clock.getAsLong(), sight)) {
      case Trial.Verdict.Wait _ -> {}
      case Trial.Verdict.Confirm _ -> confirm(current);
      case Trial.Verdict.RollBack(String reason, String sentence) ->
          rollBack(current, reason, sentence);
    }
  }

  private void confirm(Running current) {
    Desired desired = current.desired();
    try {
      DurableFile.write(file, desired.config());
    } catch (IOException e) {
      rollBack(current, "not_written", "%s cannot be written: %s".formatted(file, e.getMessage()));
      return;
    }
    running = null;
    trying = false;
    text = desired.config();
    book.confirm(desired);
    end(desired, Result.APPLIED, "ok", "in force, and in " + file);
  }

  private void rollBack(Running current, String reason, String sentence) {
    running = null;
    trying = false;
    ConfigResult old = ConfigReader.read(file, current.before());
    ControlResult result =
        old.config() == null
            ? ControlResult.refused("unreadable", "the old configuration has errors now")
            : apply(old.config());
    if (!result.ok()) {
      LOG.error("the old configuration could not be applied again: {}", result.sentence());
    }
    end(
        current.desired(),
        Result.ROLLED_BACK,
        result.ok() ? reason : "rollback_failed",
        result.ok() ? sentence : sentence + "; and the old one: " + result.sentence());
  }

  private ControlResult apply(AgentConfig next) {
    try {
      return agent.apply(next).get(APPLY_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException _) {
      return ControlResult.refused(NO_ANSWER, "the control loop did not take the configuration");
    } catch (ExecutionException e) {
      return ControlResult.refused("failed", "the control loop failed: " + e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ControlResult.refused("stopped", "the agent stops");
    }
  }

  private void end(Desired of, Result result, String reason, String sentence) {
    end(of, result, reason, sentence, null);
  }

  private void end(
      Desired of, Result result, String reason, String sentence, @Nullable ArrayNode problems) {
    Running current = running;
    book.end(
        DesiredBook.outcome(of, result, reason, sentence, problems),
        trying && current != null ? current.desired() : null,
        text);
  }
}
