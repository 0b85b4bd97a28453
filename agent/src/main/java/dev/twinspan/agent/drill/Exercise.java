package dev.twinspan.agent.drill;

import dev.twinspan.agent.drill.DrillReport.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One tunnel's drill, from watching its connection to the report. */
final class Exercise {
  private enum Phase {
    /** All tunnels of the connection must be healthy for a while, and their traffic is learnt. */
    WATCHING,
    DRAINING,
    RESTING,
    RETURNING,
    /** What comes back late belongs to it, too. */
    SETTLING
  }

  private final String tunnel;
  private final List<String> members;
  private final long rest;
  private final GapMeter meter = new GapMeter();
  private final List<DrillAction> actions = new ArrayList<>();
  private Phase phase = Phase.WATCHING;
  private long since;
  private final long begunAt;
  private long usual;
  private boolean measurable;
  private long droppedBefore;
  private long drainAt;
  private long closed;
  private long returnAt;
  private long back;
  private @Nullable String trouble;
  private @Nullable DrillReport report;

  /**
   * @param members the tunnels of its connection, itself among them
   * @param rest how long it stays closed, nanoseconds
   */
  Exercise(long now, String tunnel, List<String> members, long rest) {
    this.tunnel = tunnel;
    this.members = List.copyOf(members);
    this.rest = rest;
    this.begunAt = now;
    this.since = now;
  }

  String tunnel() {
    return tunnel;
  }

  List<String> members() {
    return members;
  }

  /** Null while it goes on. */
  @Nullable DrillReport report() {
    return report;
  }

  /** Whether nothing was done yet, so that it may as well not be done. */
  boolean isWatching() {
    return phase == Phase.WATCHING;
  }

  List<DrillAction> look(long now, Map<String, DrillSight> seen) {
    meter.look(now, seen.values());
    DrillSight own = sight(seen, tunnel);
    switch (phase) {
      case WATCHING -> watch(now, seen);
      case DRAINING -> drain(now, own, seen);
      case RESTING -> rest(now, own, seen);
      case RETURNING -> comeBack(now, own);
      case SETTLING -> {
        if (now - since >= Timing.SETTLE) {
          end(now, seen);
        }
      }
    }
    List<DrillAction> taken = List.copyOf(actions);
    actions.clear();
    return taken;
  }

  private void watch(long now, Map<String, DrillSight> seen) {
    String sick = unfit(seen);
    if (sick != null) {
      since = now;
      meter.mark();
      if (now - begunAt >= Timing.PATIENCE) {
        skip(now, sick + " has not been healthy for long enough");
      }
    } else if (now - since >= Timing.WATCH) {
      usual = meter.longest();
      measurable = meter.twoWay();
      meter.mark();
      droppedBefore = dropped(seen);
      drainAt = now;
      actions.add(new DrillAction.Started(tunnel));
      actions.add(new DrillAction.Drain(tunnel));
      enter(now, Phase.DRAINING);
    }
  }

  private void drain(long now, DrillSight own, Map<String, DrillSight> seen) {
    String sick = sick(seen);
    if (sick != null) {
      bringBack(now, sick + " was needed and did not work");
    } else if (own.drained()) {
      closed = now - drainAt;
      enter(now, Phase.RESTING);
    } else if (!own.draining()) {
      bringBack(now, "somebody brought it back");
    } else if (now - since >= Timing.LONGEST_DRAIN) {
      bringBack(
          now, "it did not close within %d s".formatted(Timing.LONGEST_DRAIN / Timing.SECOND));
    }
  }

  private void rest(long now, DrillSight own, Map<String, DrillSight> seen) {
    String sick = sick(seen);
    if (sick != null) {
      bringBack(now, sick + " was needed and did not work");
    } else if (!own.draining()) {
      bringBack(now, "somebody brought it back");
    } else if (now - since >= rest) {
      bringBack(now, null);
    }
  }

  private void bringBack(long now, @Nullable String why) {
    trouble = why;
    returnAt = now;
    actions.add(new DrillAction.Undrain(tunnel));
    enter(now, Phase.RETURNING);
  }

  private void comeBack(long now, DrillSight own) {
    if (own.healthy()) {
      back = Math.max(1, now - returnAt);
      enter(now, Phase.SETTLING);
    } else if (now - since >= Timing.LONGEST_RETURN) {
      report =
          report(
              now,
              Outcome.FAILED,
              null,
              0,
              "did not come back within %d s: see its reason in status"
                  .formatted(Timing.LONGEST_RETURN / Timing.SECOND));
      actions.add(new DrillAction.Ended(report));
    }
  }

  private void end(long now, Map<String, DrillSight> seen) {
    long lost = Math.max(0, dropped(seen) - droppedBefore);
    Long outage = measurable ? Long.valueOf(Math.max(0, meter.longest() - usual)) : null;
    boolean disturbed = lost > 0 || outage != null && outage > Timing.TOLERANCE;
    Outcome outcome =
        trouble != null ? Outcome.ABORTED : disturbed ? Outcome.DISTURBED : Outcome.PASSED;
    String measured =
        outage == null
            ? "no traffic went both ways to measure an outage by"
            : "outage %.0f ms".formatted((double) outage / Timing.MILLISECOND);
    report =
        report(
            now,
            outcome,
            outage,
            lost,
            "%s; %d packets dropped; closed after %.1f s, back after %.1f s%s"
                .formatted(
                    measured,
                    lost,
                    seconds(closed),
                    seconds(back),
                    trouble == null ? "" : "; brought back early: " + trouble));
    actions.add(new DrillAction.Ended(report));
  }

  /** It is not begun, for that reason. */
  void skip(long now, String why) {
    report = report(now, Outcome.SKIPPED, null, 0, "not drilled: " + why);
    actions.add(new DrillAction.Ended(report));
  }

  /** What {@link #skip} has to say. */
  List<DrillAction> take() {
    List<DrillAction> taken = List.copyOf(actions);
    actions.clear();
    return taken;
  }

  private DrillReport report(
      long now, Outcome outcome, @Nullable Long outage, long lost, String sentence) {
    return new DrillReport(tunnel, outcome, now, outage, lost, closed, back, sentence);
  }

  private void enter(long now, Phase next) {
    phase = next;
    since = now;
  }

  /** A tunnel that is not healthy; null: all are. */
  /** Who is in doubt: nothing is drained then. */
  private @Nullable String unfit(Map<String, DrillSight> seen) {
    return members.stream().filter(name -> !sight(seen, name).healthy()).findFirst().orElse(null);
  }

  /** Who is needed and does not work; a doubt is mostly over in a moment. */
  private @Nullable String sick(Map<String, DrillSight> seen) {
    return members.stream()
        .filter(name -> !name.equals(tunnel) && !sight(seen, name).carries())
        .findFirst()
        .orElse(null);
  }

  private long dropped(Map<String, DrillSight> seen) {
    return seen.values().stream().mapToLong(DrillSight::dropped).sum();
  }

  private static DrillSight sight(Map<String, DrillSight> seen, String name) {
    DrillSight sight = seen.get(name);
    if (sight == null) {
      throw new IllegalStateException(name + " was not seen");
    }
    return sight;
  }

  private static double seconds(long nanos) {
    return (double) nanos / Timing.SECOND;
  }
}
