package dev.twinspan.agent.update;

import dev.twinspan.agent.update.UpdateJob.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to do about an update, one step after the other. No I/O: time, news and what is seen of the
 * box come in, acts go out, and each phase is on the disk before anything is done in it.
 *
 * <pre>
 *  order ─► DOWNLOADING ─► VERIFYING ─► INSTALLING ─► INSTALLED ─ time, start of the box ─► TRIAL
 *               └──────────────┴─── refused ──┴─► REFUSED                                     │
 *  the old slot runs after the start: the other marked bad ─► ROLLED_BACK ◄───────────────┐   │
 *  as well as before for a minute, within ten ({@link Patience}) ─► CONFIRMED              │   │
 *  else ─► ROLLING_BACK: marked bad, the box started anew ────────────────────────────────┘ ◄─┘
 * </pre>
 *
 * A power cut at any point is followed by {@link #start}, which takes up the job where the disk has
 * it. Times are nanoseconds of one monotonic clock that begins with the start of the box. For one
 * thread at a time.
 */
final class UpdateCore {
  /** What a box has. */
  static final Patience USUAL = new Patience(Duration.ofSeconds(60), Duration.ofMinutes(10));

  /** Bytes that were seen so long ago say that there is traffic. */
  static final Duration RECENT = Duration.ofSeconds(60);

  /** A start of the box that does not come is asked for again. */
  static final Duration REBOOT = Duration.ofMinutes(3);

  static final int MOST_TRIES = 3;

  /**
   * How long a trial may take.
   *
   * @param steady so long all has to be well on end
   * @param limit within which
   */
  record Patience(Duration steady, Duration limit) {}

  /**
   * The box as it is.
   *
   * @param in bytes that came out of all tunnels so far
   * @param out bytes that went in
   */
  record Sight(boolean tunnel, boolean bgp, boolean broker, long in, long out) {}

  /** What to do, in this order. */
  sealed interface Act {
    /** Put it on the disk. */
    record Keep(UpdateJob job) implements Act {}

    record Fetch(UpdateOrder order) implements Act {}

    record Verify(UpdateOrder order) implements Act {}

    record Install() implements Act {}

    record MarkGood() implements Act {}

    /** The slot that runs, or the other one: the boot loader does not start it any more. */
    record MarkBad(boolean other) implements Act {}

    record Reboot() implements Act {}
  }

  /** What came of acts. */
  sealed interface News {
    /** What the server says of it that the order did not. */
    record Announced(UpdateOrder order) implements News {}

    record Fetched() implements News {}

    record Verified(String version, Slots slots) implements News {}

    record Installed() implements News {}

    record MarkedGood() implements News {}

    /** The slot that does not run. */
    record MarkedBad() implements News {}

    record Failed(String reason, String sentence) implements News {}
  }

  private final String boot;
  private final Patience patience;
  private @Nullable UpdateJob job;

  private long wellSince;
  private boolean well;
  private boolean marking;
  private boolean leaving;
  private boolean asked;
  private long askedAt;

  private boolean seen;
  private long in;
  private long out;
  private boolean inSeen;
  private boolean outSeen;
  private long inAt;
  private long outAt;
  private Wellness now = Wellness.NOTHING;

  /**
   * @param boot id of this start of the box
   */
  UpdateCore(String boot, Patience patience) {
    this.boot = boot;
    this.patience = patience;
  }

  @Nullable UpdateJob job() {
    return job;
  }

  /**
   * Takes up what the last life of the agent, or somebody at a terminal, has left.
   *
   * @param booted slot that runs
   */
  List<Act> start(long now, UpdateJob left, String booted) {
    job = left;
    boolean anew = !left.boot().equals(boot);
    boolean there = !left.target().isEmpty() && booted.equals(left.target());
    return switch (left.phase()) {
      case DOWNLOADING -> List.of(new Act.Fetch(left.order()));
      case VERIFYING -> List.of(new Act.Verify(left.order()));
      case INSTALLING -> {
        if (there) {
          yield trial(now);
        }
        // RAUC was done, and the box started by its slot before that was noted.
        yield left.agentFailed() ? back(left, booted) : install();
      }
      case INSTALLED -> {
        if (there) {
          yield trial(now);
        }
        if (!anew) {
          yield List.of();
        }
        yield left.agentFailed()
            ? back(left, booted)
            : back(
                "not_started",
                "slot %s did not start, or not so far that its agent began the trial, so slot %s was started again"
                    .formatted(left.target(), booted));
      }
      case TRIAL -> {
        if (there) {
          yield anew ? trial(now) : List.of();
        }
        yield left.agentFailed()
            ? back(left, booted)
            : back(
                "started_anew",
                "the box started anew during the trial, and its boot loader took slot %s"
                    .formatted(booted));
      }
      case ROLLING_BACK -> there ? List.of() : back(left.reason(), left.sentence());
      case CONFIRMED, ROLLED_BACK, REFUSED -> List.of();
    };
  }

  /** Null: it may be taken. */
  @Nullable UpdateRefusal busy() {
    UpdateJob current = job;
    return current == null || current.phase().isFinal()
        ? null
        : new UpdateRefusal(
            "busy",
            "update %s is under way: %s%s"
                .formatted(
                    current.order().id(),
                    current.phase().word(),
                    current.phase() == Phase.INSTALLED
                        ? ", and tried when the box starts anew"
                        : ""));
  }

  /** Of one that may be taken. */
  List<Act> order(UpdateOrder order) {
    return keep(UpdateJob.begun(order, boot), new Act.Fetch(order));
  }

  List<Act> take(long now, News news) {
    UpdateJob current = job;
    if (current == null) {
      return List.of();
    }
    return switch (news) {
      case News.Announced(UpdateOrder order) when current.phase() == Phase.DOWNLOADING ->
          keep(current.of(order), new Act.Fetch(order));
      case News.Fetched _ when current.phase() == Phase.DOWNLOADING ->
          keep(current.to(Phase.VERIFYING), new Act.Verify(current.order()));
      case News.Verified verified when current.phase() == Phase.VERIFYING -> {
        Slots slots = verified.slots();
        job =
            current
                .to(Phase.INSTALLING)
                .into(verified.version(), slots.booted(), slots.other())
                .with(this.now);
        yield install();
      }
      case News.Installed _ when current.phase() == Phase.INSTALLING ->
          keep(current.to(Phase.INSTALLED).in(boot, 0));
      case News.MarkedGood _ when current.phase() == Phase.TRIAL ->
          end(Phase.CONFIRMED, "ok", "works as before from slot " + current.target());
      case News.MarkedBad _ when leaving -> rolledBack(current);
      case News.Failed failed -> failed(current, failed);
      default -> List.of();
    };
  }

  private List<Act> failed(UpdateJob current, News.Failed failed) {
    return switch (current.phase()) {
      case DOWNLOADING, VERIFYING, INSTALLING ->
          end(Phase.REFUSED, failed.reason(), failed.sentence());
      case TRIAL -> rollBack("not_marked", failed.sentence());
      // What matters is the start of the other slot, which the boot loader brings by itself.
      case ROLLING_BACK -> leaving ? rolledBack(current) : List.of();
      case INSTALLED, CONFIRMED, ROLLED_BACK, REFUSED -> List.of();
    };
  }

  /**
   * As time goes by, once a second or so.
   *
   * @param wall the box's clock
   */
  List<Act> tick(long time, Instant wall, Sight sight) {
    look(time, sight);
    UpdateJob current = job;
    if (current == null) {
      return List.of();
    }
    return switch (current.phase()) {
      case INSTALLED -> current.order().isTime(wall) || asked ? reboot(time, current) : List.of();
      case TRIAL -> judge(time, current);
      case ROLLING_BACK -> leaving ? List.of() : reboot(time, current);
      case DOWNLOADING, VERIFYING, INSTALLING, CONFIRMED, ROLLED_BACK, REFUSED -> List.of();
    };
  }

  private void look(long time, Sight sight) {
    if (seen && sight.in() > in) {
      inSeen = true;
      inAt = time;
    }
    if (seen && sight.out() > out) {
      outSeen = true;
      outAt = time;
    }
    seen = true;
    in = sight.in();
    out = sight.out();
    now =
        new Wellness(
            sight.tunnel(),
            sight.bgp(),
            sight.broker(),
            inSeen && time - inAt < RECENT.toNanos(),
            outSeen && time - outAt < RECENT.toNanos());
  }

  private List<Act> install() {
    UpdateJob current = at();
    if (current.tries() >= MOST_TRIES) {
      return end(
          Phase.REFUSED,
          "interrupted",
          "its installation was interrupted %d times".formatted(MOST_TRIES));
    }
    return keep(current.again(), new Act.Install());
  }

  /** The target runs. */
  private List<Act> trial(long time) {
    marking = false;
    well = false;
    return keep(at().to(Phase.TRIAL).in(boot, time));
  }

  private List<Act> judge(long time, UpdateJob current) {
    if (marking) {
      return List.of();
    }
    List<String> missing = current.before().missing(now);
    if (!missing.isEmpty()) {
      well = false;
    } else if (!well) {
      well = true;
      wellSince = time;
    } else if (time - wellSince >= patience.steady().toNanos()) {
      marking = true;
      return List.of(new Act.MarkGood());
    }
    if (time - current.since() < patience.limit().toNanos()) {
      return List.of();
    }
    String within =
        "within %d s, and before the update it was so".formatted(patience.limit().toSeconds());
    return missing.isEmpty()
        ? rollBack(
            "unsteady",
            "not all was well for %d s on end %s".formatted(patience.steady().toSeconds(), within))
        : rollBack("not_as_before", String.join(", ", missing) + " " + within);
  }

  private List<Act> rollBack(String reason, String sentence) {
    asked = false;
    return keep(at().to(Phase.ROLLING_BACK).because(reason, sentence), new Act.MarkBad(false));
  }

  private List<Act> reboot(long time, UpdateJob current) {
    if (asked && time - askedAt < REBOOT.toNanos()) {
      return List.of();
    }
    if (current.tries() >= MOST_TRIES) {
      if (current.phase() == Phase.INSTALLED && current.reason().isEmpty()) {
        return keep(
            current.because(
                "no_reboot",
                "the box was told to start anew %d times, and did not: start it by hand"
                    .formatted(MOST_TRIES)));
      }
      return List.of();
    }
    asked = true;
    askedAt = time;
    UpdateJob next = current.again();
    return keep(
        // A second try comes after the tunnels may have been taken down for the first.
        current.phase() == Phase.INSTALLED && current.tries() == 0 ? next.with(now) : next,
        new Act.Reboot());
  }

  private List<Act> end(Phase phase, String reason, String sentence) {
    return keep(at().to(phase).because(reason, sentence));
  }

  /**
   * The old slot runs again. Left as it is, the other would be started once more when the power
   * goes before this one is marked good, and would be taken for good then: it is over once the
   * other is marked bad, and not before.
   */
  private List<Act> back(String reason, String sentence) {
    leaving = true;
    return keep(at().to(Phase.ROLLING_BACK).because(reason, sentence), new Act.MarkBad(true));
  }

  /** For what the box around the agent has noted. */
  private List<Act> back(UpdateJob left, String booted) {
    return back(
        left.reason(), "%s, so slot %s was started again".formatted(left.sentence(), booted));
  }

  private List<Act> rolledBack(UpdateJob current) {
    leaving = false;
    return end(Phase.ROLLED_BACK, current.reason(), current.sentence());
  }

  private UpdateJob at() {
    UpdateJob current = job;
    if (current == null) {
      throw new IllegalStateException("there is no update");
    }
    return current;
  }

  private List<Act> keep(UpdateJob next, Act... then) {
    job = next;
    asked = asked && !next.phase().isFinal();
    List<Act> acts = new ArrayList<>(List.of(new Act.Keep(next)));
    acts.addAll(List.of(then));
    return List.copyOf(acts);
  }
}
