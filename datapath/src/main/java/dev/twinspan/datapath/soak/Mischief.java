package dev.twinspan.datapath.soak;

/**
 * What happens to runs of datagrams on a {@link SoakWire}, by a seeded die, and what the receiver
 * must make of it, to the packet:
 *
 * <ul>
 *   <li>changed places, or held back for less than a replay window: all are taken;
 *   <li>repeated at once: all of them replays (RFC 4303 section 3.4.3);
 *   <li>repeated after more than a window: with extended sequence numbers they are taken for
 *       numbers of the future, and fail the integrity check (RFC 4303 appendix A2.2);
 *   <li>one packet repeated with a bit of it changed, before the right one comes: fails the
 *       integrity check;
 *   <li>one packet with another SPI: for no SA.
 * </ul>
 */
final class Mischief {
  private static final int ESP_HEADER = 8;
  private static final int SIDES = 128;
  private static final int NONE = -1;

  /** Packets that pass before what is held back goes on: well inside the window, and outside. */
  private static final int LATE = 1000;

  private static final int TOO_LATE = 8192;

  private final SoakWire wire;
  private long random;
  private long passed;
  private int late = NONE;
  private long lateUntil;
  private int old = NONE;
  private long oldUntil;
  private long reordered;
  private long replays;
  private long forged;
  private long foreign;

  Mischief(SoakWire wire, long seed) {
    this.wire = wire;
    random = seed | 1;
  }

  /** Between sending and receiving. */
  void act() {
    for (int i = 0; i < wire.waiting(); i++) {
      passed += wire.packets(wire.slot(i));
      if (wire.hasRoom()) {
        i += act(i, die(SIDES));
      }
    }
    releaseHeld();
  }

  /** Returns how many of the row behind are its own doing, not to be looked at. */
  private int act(int i, int side) {
    int slot = wire.slot(i);
    switch (side) {
      case 0 -> {
        wire.insert(i + 1, wire.copy(slot));
        replays += wire.packets(slot);
        return 1;
      }
      case 1 -> {
        if (i + 1 < wire.waiting()) {
          passed += wire.packets(wire.slot(i + 1));
          wire.swap(i, i + 1);
          reordered += wire.packets(slot);
          return 1;
        }
      }
      case 2 -> {
        int forgery = wire.copyOne(slot, die(wire.packets(slot)));
        int bits = (wire.length(forgery) - ESP_HEADER) * Byte.SIZE;
        wire.flip(forgery, ESP_HEADER * Byte.SIZE + die(bits));
        wire.insert(i, forgery);
        forged++;
        return 1;
      }
      case 3 -> {
        int stranger = wire.copyOne(slot, 0);
        wire.flip(stranger, 0); // the highest bit of the SPI but seven
        wire.insert(i, stranger);
        foreign++;
        return 1;
      }
      case 4 -> {
        if (late == NONE) {
          late = wire.take(i);
          lateUntil = passed + LATE;
          reordered += wire.packets(late);
          return -1;
        }
      }
      case 5 -> {
        if (old == NONE) {
          old = wire.copy(slot);
          oldUntil = passed + TOO_LATE;
        }
      }
      default -> {}
    }
    return 0;
  }

  private void releaseHeld() {
    if (late != NONE && passed >= lateUntil && wire.waiting() > 0) {
      wire.insert(wire.waiting(), late);
      late = NONE;
    }
    if (old != NONE && passed >= oldUntil && wire.waiting() > 0) {
      forged += wire.packets(old);
      wire.insert(wire.waiting(), old);
      old = NONE;
    }
  }

  /** Nothing will come any more: what is held back goes on. */
  void finish() {
    if (late != NONE) {
      wire.insert(wire.waiting(), late);
      late = NONE;
    }
    if (old != NONE) {
      wire.release(old);
      old = NONE;
    }
  }

  /** Marsaglia's xorshift64. */
  private int die(int sides) {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return (int) Long.remainderUnsigned(random, sides);
  }

  /** Packets that came in another order. */
  long reordered() {
    return reordered;
  }

  /** That must be refused as replays, */
  long replays() {
    return replays;
  }

  /** by the integrity check, */
  long forged() {
    return forged;
  }

  /** for want of an SA. */
  long foreign() {
    return foreign;
  }
}
