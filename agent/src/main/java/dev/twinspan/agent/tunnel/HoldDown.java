package dev.twinspan.agent.tunnel;

import java.util.ArrayDeque;

/** How long a tunnel that came back waits before it gets flows again: longer each time. */
class HoldDown {
  private final ArrayDeque<Long> losses = new ArrayDeque<>();

  /** The tunnel's flows had to leave it. */
  void lost(long now) {
    losses.addLast(now);
    if (losses.size() > Timing.HOLD_DOWN.length) {
      losses.removeFirst();
    }
  }

  /** The operator starts over. */
  void forget() {
    losses.clear();
  }

  /** Nanoseconds; 0: it was not lost of late. */
  long length(long now) {
    while (!losses.isEmpty() && now - losses.getFirst() > Timing.FLAP_MEMORY) {
      losses.removeFirst();
    }
    return losses.isEmpty() ? 0 : Timing.HOLD_DOWN[losses.size() - 1];
  }

  /** Losses within {@link Timing#FLAP_MEMORY}, as far as they are counted. */
  int losses() {
    return losses.size();
  }
}
