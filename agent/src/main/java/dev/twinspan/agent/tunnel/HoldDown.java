package dev.twinspan.agent.tunnel;

import java.util.ArrayDeque;

/**
 * How long a tunnel that came back waits before it gets flows again: longer each time. A loss that
 * proved to be a false alarm does not count among those of a tunnel that flaps; false alarms have a
 * ladder of their own, so that they cost little and yet cannot send flows to and fro for ever.
 */
class HoldDown {
  private final ArrayDeque<Long> losses = new ArrayDeque<>();
  private final ArrayDeque<Long> alarms = new ArrayDeque<>();

  /** The tunnel's flows had to leave it. */
  void lost(long now) {
    // One more than the ladder has steps, or a false alarm would make it forget a true loss.
    add(losses, now, Timing.HOLD_DOWN.length + 1);
  }

  /**
   * The last loss was none: the peer was only late.
   *
   * @return how long the tunnel waits for it all the same, nanoseconds
   */
  long falseAlarm(long now) {
    losses.pollLast();
    add(alarms, now, Timing.HOLD_DOWN_ALARM.length);
    forgetOld(alarms, now);
    return Timing.HOLD_DOWN_ALARM[alarms.size() - 1];
  }

  /** The operator starts over. */
  void forget() {
    losses.clear();
    alarms.clear();
  }

  /** Nanoseconds; 0: it was not lost of late. */
  long length(long now) {
    forgetOld(losses, now);
    int step = Math.min(losses.size(), Timing.HOLD_DOWN.length);
    return step == 0 ? 0 : Timing.HOLD_DOWN[step - 1];
  }

  /** Losses within {@link Timing#FLAP_MEMORY}, as far as they are counted. */
  int losses() {
    return losses.size();
  }

  private static void add(ArrayDeque<Long> times, long now, int most) {
    times.addLast(now);
    if (times.size() > most) {
      times.removeFirst();
    }
  }

  private static void forgetOld(ArrayDeque<Long> times, long now) {
    while (!times.isEmpty() && now - times.getFirst() > Timing.FLAP_MEMORY) {
      times.removeFirst();
    }
  }
}
