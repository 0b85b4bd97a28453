package dev.twinspan.agent.tunnel;

/**
 * Looks after a tunnel on which nothing is heard between two inquiries, which may be no more than
 * one a second: by probes inside, if their target is known to answer them. One that is missed is no
 * more than a reason to ask at once, since targets limit the rate of their answers, or cease to
 * give any.
 */
final class Meantime {
  private long sentAt;

  /** The one sent then is waited for. */
  private boolean waiting;

  /** When a missed one made us ask ahead of time; 0: never. */
  private long aheadAt;

  /** Called while the silence lasts and no inquiry is due. Returns whether to ask all the same. */
  boolean missed(long now, Sighting seen, TunnelFsm fsm) {
    long usual = Timing.PATIENCE_OF_ANSWERS * seen.inside().quickest();
    long patience = Math.clamp(usual, Timing.MEANTIME_PATIENCE, Timing.MEANTIME);
    boolean useful = seen.inside().answers() && usual <= 2 * Timing.MEANTIME;
    if (!useful || aheadAt != 0 && now - aheadAt < Timing.AHEAD_SPACING) {
      waiting = false;
      return false;
    }
    long heardAt = Timing.latest(seen.inside().heardAt(), fsm.silence().heardAt());
    long aliveAt = Timing.latest(heardAt, seen.answeredAt());
    waiting &= !Timing.after(aliveAt, sentAt);
    if (waiting) {
      return isOver(now, patience);
    }
    long known = Timing.latest(Timing.latest(sentAt, heardAt), fsm.inquiry().begunAt());
    if (now - known >= Timing.MEANTIME) {
      sentAt = now;
      waiting = true;
      fsm.probe();
    }
    return false;
  }

  private boolean isOver(long now, long patience) {
    if (now - sentAt < patience) {
      return false;
    }
    waiting = false;
    aheadAt = now;
    return true;
  }
}
