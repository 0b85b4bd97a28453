package dev.twinspan.agent.status;

import java.util.List;

/**
 * What the doctor's rules make of a status, told with the next one.
 *
 * @param severity {@code problem}, {@code warning} or {@code note}
 * @param cause for machines, and for {@code twinspan doctor --explain}
 * @param title of the cause, in a few words
 * @param about a tunnel, a connection, or empty: the whole box
 * @param sentence what was seen and what was expected
 * @param fixes what to change, and on which side
 */
public record Verdict(
    String severity,
    String cause,
    String title,
    String about,
    String sentence,
    List<String> fixes) {
  public Verdict {
    fixes = List.copyOf(fixes);
  }

  /** Whether there is nothing to do about it. */
  public boolean isNote() {
    return severity.equals("note");
  }
}
