package dev.twinspan.agent.rehearse;

/** Who watches a rehearsal. Called by the rehearsal's thread. */
interface Progress {
  /** A step begins; {@code what} says what is done and waited for. */
  void begin(String phase, String what);

  void end(RehearsalReport.Phase phase);
}
