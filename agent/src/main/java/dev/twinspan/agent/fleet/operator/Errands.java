package dev.twinspan.agent.fleet.operator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Several boxes that are to do the same, a few at a time. No I/O: time is nanoseconds of one
 * monotonic clock. For one thread.
 */
public final class Errands {
  private final List<Errand> all;
  private final int atOnce;
  private final long limit;
  private final String limitText;

  /**
   * @param atOnce how many may be on their way
   * @param limit from sending one to its end
   */
  public Errands(List<Errand> all, int atOnce, Duration limit) {
    this.all = List.copyOf(all);
    this.atOnce = atOnce;
    this.limit = limit.toNanos();
    this.limitText = limit.toSeconds() + " s";
  }

  public List<Errand> all() {
    return all;
  }

  /** Those to be sent now; they count as sent. */
  public List<Errand> due(long now) {
    long under =
        all.stream()
            .filter(errand -> errand.stage() != Errand.Stage.WAITING && !errand.stage().over())
            .count();
    List<Errand> due = new ArrayList<>();
    for (Errand errand : all) {
      if (under + due.size() >= atOnce) {
        break;
      }
      if (errand.stage() == Errand.Stage.WAITING) {
        errand.sent(now);
        due.add(errand);
      }
    }
    return due;
  }

  /** The one whose topic that is; null: none. */
  public @Nullable Errand of(String topic, String kind) {
    for (Errand errand : all) {
      if (topic.equals(errand.topic(kind.replace("{id}", errand.id())))) {
        return errand;
      }
    }
    return null;
  }

  /**
   * What a box says of it.
   *
   * @return whether it was news
   */
  public boolean take(Errand errand, Answer answer) {
    return errand.take(answer);
  }

  /** There is nothing that a box would have to say to it. */
  public void done(Errand errand) {
    errand.end(Errand.Stage.DONE, "");
  }

  /** The broker does not let us. */
  public void refused(Errand errand, String why) {
    errand.end(Errand.Stage.REFUSED, why);
  }

  /** Those whose time has just run out; they count as over. */
  public List<Errand> overdue(long now) {
    List<Errand> overdue = all.stream().filter(errand -> errand.overdue(now, limit)).toList();
    for (Errand errand : overdue) {
      errand.end(
          Errand.Stage.UNANSWERED,
          errand.stage() == Errand.Stage.SENT
              ? "no answer within " + limitText + ": is it there? See twinspan fleet show"
              : "not told to be over within " + limitText);
    }
    return overdue;
  }

  public boolean over() {
    return all.stream().allMatch(errand -> errand.stage().over());
  }

  /** Whether all did what they were told. */
  public boolean succeeded() {
    return all.stream().allMatch(errand -> errand.stage() == Errand.Stage.DONE);
  }

  public Map<Errand.Stage, Integer> count() {
    Map<Errand.Stage, Integer> count = new EnumMap<>(Errand.Stage.class);
    all.forEach(errand -> count.merge(errand.stage(), 1, Integer::sum));
    return count;
  }
}
