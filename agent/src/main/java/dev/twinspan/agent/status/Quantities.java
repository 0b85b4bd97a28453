package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them: short, at most three digits and a unit. */
public final class Quantities {
  private static final String UNITS = " kMGTPE";

  private Quantities() {}

  /** {@code 812 Mbit/s}. */
  public static String bits(double perSecond) {
    return scaled(perSecond) + "bit/s";
  }

  /** {@code 69 kpps}. */
  static String packets(double perSecond) {
    return scaled(perSecond) + "pps";
  }

  /** {@code 3.2 GB}, powers of ten. */
  public static String bytes(long bytes) {
    return scaled(bytes) + "B";
  }

  /** {@code 1.5 }, {@code 812 M}: what a unit is put behind. */
  static String scaled(double value) {
    double rest = Math.max(0, value);
    int unit = 0;
    // 999.5 would be written as 1000.
    while (rest >= 999.5 && unit < UNITS.length() - 1) {
      rest /= 1000;
      unit++;
    }
    String digits =
        unit > 0 && rest < 9.95
            ? String.format(Locale.ROOT, "%.1f", rest)
            : String.format(Locale.ROOT, "%.0f", rest);
    return digits + " " + (unit == 0 ? "" : UNITS.charAt(unit));
  }

  /** {@code 12 s}, {@code 3m04s}, {@code 2h13m}, {@code 5d07h}; never negative. */
  public static String age(Instant since, Instant now) {
    return age(Duration.between(since, now));
  }

  public static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return "%dm%02ds".formatted(seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60);
    }
    return "%dd%02dh".formatted(seconds / 86_400, seconds / 3600 % 24);
  }

  /** {@code 12.3 ms}, {@code 1.20 s}; a dash when not known. */
  public static String span(@Nullable Duration span) {
    if (span == null) {
      return "–";
    }
    double millis = span.toNanos() / 1e6;
    return millis < 1000
        ? String.format(Locale.ROOT, "%.1f ms", millis)
        : String.format(Locale.ROOT, "%.2f s", millis / 1000);
  }

  static String percent(double share) {
    return Math.round(share * 100) + " %";
  }
}
