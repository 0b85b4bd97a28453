package dev.twinspan.agent.tunnel;

/** Asks the peer by IKE until it answers, and measures how long answers take. */
final class Inquiry {
  private boolean open;

  /** When it was begun last, answered or not; 0: never. */
  private long begunAt;

  // The two before that.
  private long begunLast;
  private long begunBefore;

  /** Of {@link #begunAt}, the time in which this machine, not the peer, was late. */
  private long heldUp;

  private long nextAsk;
  private long pace;
  private int asks;

  /** How long the latest answers took. */
  private final long[] recent = new long[8];

  private int samples;
  private int next;

  boolean isOpen() {
    return open;
  }

  long begunAt() {
    return begunAt;
  }

  /** Whether fewer than three were begun within the last second. */
  boolean isAffordable(long now) {
    return begunBefore == 0 || now - begunBefore >= Timing.INQUIRY_SPACING;
  }

  /**
   * Whether it is time to measure one more of the first answers. One tells little: it may have met
   * a peer, or a box, that had just begun, and would be taken for its usual pace by a tunnel that
   * is idle from then on. They follow each other fast, so that a young tunnel knows its peer, too.
   */
  boolean wantsToLearn(long now) {
    long spacing = Timing.LEARN_SPACING << Math.max(0, samples - 1);
    return !hasLearnt() && now - begunAt >= spacing;
  }

  /** Whether enough answers were measured. */
  boolean hasLearnt() {
    return samples >= Timing.LEARNT;
  }

  /** Asks now. */
  void begin(long now, TunnelFsm fsm) {
    begunBefore = begunLast;
    begunLast = begunAt;
    open(now, fsm);
  }

  /** As {@link #begin}, to measure: it does not make the next one dear. */
  void learn(long now, TunnelFsm fsm) {
    open(now, fsm);
  }

  private void open(long now, TunnelFsm fsm) {
    open = true;
    begunAt = now;
    heldUp = 0;
    asks = 1;
    pace = patience();
    nextAsk = now + pace;
    fsm.ask();
  }

  /**
   * Asks again when it is time.
   *
   * @param slowest nanoseconds between two at least
   */
  void look(long now, Sighting seen, TunnelFsm fsm, long slowest) {
    if (!open) {
      return;
    }
    if (Timing.after(seen.answeredAt(), begunAt)) {
      open = false;
      sample(seen.answeredAt() - begunAt);
    } else if (now - nextAsk >= 0) {
      // Quick until the verdict, then at leisure.
      asks++;
      pace = asks <= Timing.MISSES ? pace : Math.min(2 * pace, Timing.ASK_LOST);
      pace = Math.max(pace, slowest);
      nextAsk = now + pace;
      fsm.ask();
    }
  }

  /** The looks were held up for so long, and perhaps the answer. */
  void heldUp(long nanos) {
    heldUp += nanos;
  }

  void forget() {
    open = false;
  }

  /** For how long it has been without an answer; 0: none is waited for. */
  long unanswered(long now) {
    return open ? Math.max(0, now - begunAt - heldUp) : 0;
  }

  /** How long the peer took to give the answer that came then, as far as it was the peer. */
  long late(long answeredAt) {
    return answeredAt - begunAt - heldUp;
  }

  /**
   * How long a silent peer may leave it unanswered: several times as long as answers took of late,
   * within bounds that follow the quickest of them.
   */
  long verdict() {
    if (samples == 0) {
      return Timing.MISSES * Timing.ANSWER_UNKNOWN;
    }
    return Math.clamp(
        Timing.PATIENCE_OF_ANSWERS * slowest(),
        Timing.VERDICT_FLOOR,
        Timing.PATIENCE_OF_ANSWERS * roundTrip() + Timing.VERDICT_SLACK);
  }

  /** How long an answer may take before it counts as missed, and the question is repeated. */
  long patience() {
    long usual = slowest() + slowest() / 2;
    return Math.max(verdict() / Timing.MISSES, Math.min(verdict() / 2, usual));
  }

  /** The quickest answer of late; 0: none yet. */
  long roundTrip() {
    long quickest = Long.MAX_VALUE;
    for (int i = 0; i < samples; i++) {
      quickest = Math.min(quickest, recent[i]);
    }
    return samples == 0 ? 0 : quickest;
  }

  private long slowest() {
    long slowest = 0;
    for (int i = 0; i < samples; i++) {
      slowest = Math.max(slowest, recent[i]);
    }
    return slowest;
  }

  /**
   * Also of questions that were repeated: counted from the first, which makes it too long if
   * anything, so that patience grows with a peer that is always late. No longer than the verdict,
   * or a peer that was away would be waited for that long the next time.
   */
  private void sample(long measured) {
    recent[next] = Math.min(measured, verdict());
    next = (next + 1) % recent.length;
    samples = Math.min(samples + 1, recent.length);
  }
}
