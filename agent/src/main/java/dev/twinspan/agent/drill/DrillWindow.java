package dev.twinspan.agent.drill;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * Hours of each day, in local time; they may span midnight.
 *
 * @param to not part of it
 */
public record DrillWindow(LocalTime from, LocalTime to) {
  /**
   * @param text {@code 02:00-04:00}
   * @return null when it is no window
   */
  public static @Nullable DrillWindow parse(String text) {
    String[] ends = text.split("-", -1);
    if (ends.length != 2) {
      return null;
    }
    try {
      LocalTime from = LocalTime.parse(ends[0].strip());
      LocalTime to = LocalTime.parse(ends[1].strip());
      return from.equals(to) ? null : new DrillWindow(from, to);
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  /** The day on which the window began that this moment lies in; null: in none. */
  public @Nullable LocalDate night(LocalDateTime at) {
    LocalTime time = at.toLocalTime();
    boolean spansMidnight = to.isBefore(from);
    boolean afterFrom = !time.isBefore(from);
    boolean beforeTo = time.isBefore(to);
    if (spansMidnight) {
      return afterFrom ? at.toLocalDate() : beforeTo ? at.toLocalDate().minusDays(1) : null;
    }
    return afterFrom && beforeTo ? at.toLocalDate() : null;
  }

  @Override
  public String toString() {
    return from + "-" + to;
  }
}
