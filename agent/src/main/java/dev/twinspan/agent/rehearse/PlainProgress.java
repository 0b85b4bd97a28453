package dev.twinspan.agent.rehearse;

import java.io.PrintStream;

/** Progress in lines, for logs and pipes. */
record PlainProgress(PrintStream out) implements Progress {
  @Override
  public void begin(String phase, String what) {
    out.println("… " + phase + ": " + what);
  }

  @Override
  public void end(RehearsalReport.Phase phase) {
    out.println(
        "%s %s: %s (%.1f s)"
            .formatted(
                phase.passed() ? "✓" : "✗",
                phase.name(),
                phase.sentence(),
                Outage.seconds(phase.time())));
  }
}
