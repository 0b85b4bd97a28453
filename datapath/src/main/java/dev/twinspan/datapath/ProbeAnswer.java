package dev.twinspan.datapath;

/**
 * A probe of ours came back.
 *
 * @param tunnel the one it was sent by
 * @param heardBy the one its answer came by, which need not be the same
 * @param number what it was sent with
 * @param nanos when it came, on the clock of the workers
 */
public record ProbeAnswer(int tunnel, int heardBy, int number, long nanos) {}
