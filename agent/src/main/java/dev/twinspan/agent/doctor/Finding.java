package dev.twinspan.agent.doctor;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A cause that the evidence points to.
 *
 * @param about a tunnel, or empty: the whole box
 * @param sentence what was seen and what was expected
 * @param evidence further lines, {@code label: value}
 * @param fixes what to change; on which side, if more than one is possible
 */
public record Finding(
    Severity severity,
    Cause cause,
    String about,
    String sentence,
    List<String> evidence,
    List<String> fixes) {
  /** The gravest first. */
  static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::severity)
          .thenComparing(Finding::cause)
          .thenComparing(Finding::about);

  public Finding {
    evidence = List.copyOf(evidence);
    fixes = List.copyOf(fixes);
  }

  /** How much it matters. */
  public enum Severity {
    /** Traffic does not pass, or not where it should. */
    PROBLEM,
    /** It works, and will not when something else happens, or not as fast as it could. */
    WARNING,
    /** Nothing to do: it explains what was seen. */
    NOTE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding problem(
      Cause cause, String about, String sentence, List<String> evidence, String... fixes) {
    return new Finding(Severity.PROBLEM, cause, about, sentence, evidence, List.of(fixes));
  }

  static Finding warning(
      Cause cause, String about, String sentence, List<String> evidence, String... fixes) {
    return new Finding(Severity.WARNING, cause, about, sentence, evidence, List.of(fixes));
  }

  static Finding note(Cause cause, String about, String sentence, List<String> evidence) {
    return new Finding(Severity.NOTE, cause, about, sentence, evidence, List.of());
  }
}
