package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/** Carries flows, and asks the peer when what is sent remains without an answer. */
record UpState() implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.UP;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return fsm.down(now);
    }
    Inquiry inquiry = fsm.inquiry();
    Silence silence = fsm.silence();
    long usual = silence.threshold(inquiry.roundTrip());
    TunnelReason blackhole = fsm.espWatch().blackholed(now, seen, around, fsm, usual);
    if (blackhole != null) {
      return fsm.lost(now, blackhole, true);
    }
    if (inquiry.begunAt() == 0) {
      // How long this peer takes to answer is best known before its first packets go unanswered:
      // a stranger is waited for much longer.
      inquiry.begin(now, fsm);
    }
    if (inquiry.isOpen()) {
      return inquiry.unanswered(now) >= inquiry.patience()
          ? new Step(new SuspectState(), Reasons.suspect(inquiry.unanswered(now)))
          : null;
    }
    if (wants(now, fsm, seen, around, usual)) {
      inquiry.begin(now, fsm);
    } else if (inquiry.wantsToLearn(now)) {
      inquiry.learn(now, fsm);
    }
    return null;
  }

  /**
   * Whether to ask: about a silence, at its time or because a probe was missed; because packets
   * went both ways for a while; or because it has been idle for long.
   */
  private static boolean wants(
      long now, TunnelFsm fsm, Sighting seen, Neighbours around, long usual) {
    Inquiry inquiry = fsm.inquiry();
    Silence silence = fsm.silence();
    long begun = inquiry.begunAt();
    if (silence.length() >= usual && Timing.after(seen.sentAt(), begun)) {
      // One asked when this silence was none yet was about something else, however soon the peer
      // died behind its answer.
      boolean another = begun - silence.since() < usual;
      boolean due =
          another ? inquiry.isAffordable(now) : begun == 0 || now - begun >= Timing.INQUIRY_SPACING;
      return due || around.alternative() && fsm.meantime().missed(now, seen, fsm);
    }
    long asked = Timing.latest(begun, seen.answeredAt());
    long proof = Timing.latest(asked, silence.heardAt());
    if (now - (proof == 0 ? fsm.changedAt() : proof) >= Timing.ASK_IDLE) {
      return true;
    }
    return recent(now, seen.sentAt())
        && recent(now, seen.heardAt())
        && (asked == 0 || now - asked >= Timing.ROUND_TRIP);
  }

  private static boolean recent(long now, long at) {
    return at != 0 && now - at < Timing.TWO_WAY;
  }
}
