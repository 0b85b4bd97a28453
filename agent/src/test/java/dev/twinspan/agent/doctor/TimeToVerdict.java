package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/**
 * How long the doctor takes to name a cause on the bench. The bar is 15 s from the misdeed to the
 * verdict; {@code -Dtwinspan.verdicts=true} holds it to that, on a quiet machine, and shows it all
 * that is left out otherwise; {@code -Dtwinspan.verdicts=shown} is patient.
 */
public final class TimeToVerdict {
  private static final String ASKED = System.getProperty("twinspan.verdicts", "");

  /** Whether all is to be shown that is left out of CI. */
  public static final boolean ALL = !ASKED.isEmpty();

  private static final boolean HELD = ASKED.equals("true");

  private static final Duration BAR = Duration.ofSeconds(15);

  private TimeToVerdict() {}

  /** Prints it, and compares it with the bar where it is to be held to that. */
  public static void of(String verdict, long beganNanos) {
    Duration after = Duration.ofNanos(System.nanoTime() - beganNanos);
    String told = "doctor: %s after %.1f s".formatted(verdict, after.toMillis() / 1e3);
    System.out.println(told);
    if (HELD) {
      assertThat(after).as(told).isLessThanOrEqualTo(BAR);
    }
  }
}
