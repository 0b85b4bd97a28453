package dev.twinspan.agent.tunnel;

/**
 * How long what a tunnel sends has been without an answer, and how long is usual there: measured at
 * each look, so that the usual and the unusual are measured alike.
 */
final class Silence {
  private long heardAt;
  private long lastLook;

  /** What was sent before is no concern any more. */
  private long begun;

  /** When the first packet was sent that nothing was heard after; 0: there is none. */
  private long since;

  private long length;
  private long patternEnds;
  private long longest;
  private long longestBefore;

  void look(long now, Sighting seen) {
    if (Timing.after(seen.heardAt(), heardAt)) {
      ended(now);
      heardAt = seen.heardAt();
    }
    if (since == 0 && Timing.after(seen.sentAt(), Timing.latest(heardAt, begun)) && lastLook != 0) {
      since = Timing.latest(heardAt, lastLook);
    }
    length = since == 0 ? 0 : now - since;
    lastLook = now;
  }

  /** Nothing was sent until just now: a first packet brings the look with it that sees it. */
  void rested(long now) {
    lastLook = Timing.latest(lastLook, now - Timing.LOOK_ACTIVE);
  }

  /** Flows come to the tunnel again: the silence in which it had none is over. */
  void restart(long now) {
    since = 0;
    length = 0;
    begun = now;
  }

  private void ended(long now) {
    if (now - patternEnds >= 0) {
      longestBefore = now - patternEnds < Timing.PATTERN ? longest : 0;
      longest = 0;
      patternEnds = now + Timing.PATTERN;
    }
    if (length < Timing.PAUSE) {
      longest = Math.max(longest, length);
    }
    since = 0;
  }

  /** The looks were held up for so long: that is no silence of the peer's. */
  void heldUp(long nanos) {
    if (since != 0) {
      since += nanos;
    }
  }

  /** Nanoseconds; 0: everything sent was followed by something heard. */
  long length() {
    return length;
  }

  long since() {
    return since;
  }

  /** When ESP was heard last; 0: never. */
  long heardAt() {
    return heardAt;
  }

  /** The longest gap of late, as it was seen. */
  long usual() {
    return Math.max(longest, longestBefore);
  }

  /**
   * From which length on it is unusual.
   *
   * @param roundTrip no answer comes faster
   */
  long threshold(long roundTrip) {
    long pattern = 2 * usual() + Timing.LOOK_ACTIVE;
    return 2 * roundTrip + Math.clamp(pattern, Timing.SILENCE_FLOOR, Timing.SILENCE_CEILING);
  }
}
