package dev.twinspan.agent.ike;

/** How much a reason tells. A lighter one does not push a heavier one out of view at once. */
enum Weight {
  /** Nothing came back. */
  SILENCE,
  /** The peer refused without saying all. */
  HINT,
  /** We saw ourselves what is wrong. */
  EVIDENCE
}
