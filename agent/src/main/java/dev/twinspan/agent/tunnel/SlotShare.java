package dev.twinspan.agent.tunnel;

/**
 * Whether packets come, or go, steadily: the share of slots of {@link Timing#ESP_SLOT} that have
 * some, over about the last ten. A slot is longer than a look, since a busy machine or a long way
 * hands packets over in bursts.
 */
final class SlotShare {
  private static final int REMEMBERED = 10;
  private static final double STEADY = 0.7;

  /** Fewer slots than these tell nothing. */
  private final int few;

  private long began;
  private boolean some;
  private int slots;
  private double share;

  SlotShare(int few) {
    this.few = few;
  }

  /** The slot under way begins anew; what is known is kept. */
  void resume(long now) {
    began = now;
    some = false;
  }

  void forget(long now) {
    resume(now);
    slots = 0;
    share = 0;
  }

  /** Slots that were not looked at count as empty. */
  void look(long now, boolean packets) {
    some |= packets;
    while (now - began >= Timing.ESP_SLOT) {
      began += Timing.ESP_SLOT;
      slots = Math.min(slots + 1, REMEMBERED);
      share += ((some ? 1 : 0) - share) / slots;
      some = false;
    }
  }

  boolean isSteady() {
    return slots >= few && share >= STEADY;
  }
}
