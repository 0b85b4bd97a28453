package dev.twinspan.datapath;

/** Where an SA handle stands; kept by the control thread. */
enum SaLife {
  /** Made, in no snapshot yet. */
  NEW,
  /** In the last published snapshot. */
  PUBLISHED,
  /** Was in a snapshot and is no more, or was discarded: its keys are gone or going. */
  RETIRED
}
