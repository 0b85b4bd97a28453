package dev.twinspan.agent.doctor;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.terminal.Terminal;
import java.util.List;
import java.util.Locale;

/** Findings for people. */
public final class DoctorText {
  private DoctorText() {}

  /** Lines, each ended. */
  public static String render(AgentStatus status, List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    long problems = count(findings, Severity.PROBLEM);
    text.append(
        "%s: %s, %s, %s%n"
            .formatted(
                status.device(),
                problems == 0 ? "no problem" : amount(problems, "problem"),
                amount(count(findings, Severity.WARNING), "warning"),
                amount(count(findings, Severity.NOTE), "note")));
    for (Finding finding : findings) {
      text.append(
          "%n%s %s: %s%s%n"
              .formatted(
                  finding.severity().word().toUpperCase(Locale.ROOT),
                  finding.cause().code(),
                  finding.about().isEmpty() ? "" : finding.about() + ": ",
                  CausePages.title(finding.cause())));
      text.append("  seen  %s%n".formatted(finding.sentence()));
      finding.evidence().forEach(line -> text.append("        %s%n".formatted(line)));
      finding.fixes().forEach(line -> text.append("  fix   %s%n".formatted(line)));
    }
    if (problems > 0) {
      text.append(
          "%nMore on each: twinspan doctor --explain %s%n"
              .formatted(findings.getFirst().cause().code()));
    }
    return Terminal.printable(text);
  }

  private static long count(List<Finding> findings, Severity severity) {
    return findings.stream().filter(finding -> finding.severity() == severity).count();
  }

  private static String amount(long count, String word) {
    return count == 1 ? "1 " + word : count + " " + word + "s";
  }
}
