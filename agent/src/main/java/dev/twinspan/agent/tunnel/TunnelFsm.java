package dev.twinspan.agent.tunnel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One tunnel: its state, and what is known about it beyond its state. */
class TunnelFsm {
  private final String name;
  private final Silence silence = new Silence();
  private final Inquiry inquiry = new Inquiry();
  private final EspWatch espWatch = new EspWatch();
  private final Meantime meantime = new Meantime();
  private final HoldDown holdDown;
  private final LossWatch loss = new LossWatch();
  private @Nullable TunnelReason shunned;
  private List<TunnelAction> actions = new ArrayList<>();
  private TunnelState state = new DownState();
  private TunnelReason reason = Reasons.notYet();
  private long changedAt;
  private @Nullable Sighting last;
  private long lastLook;
  private long nextLook;
  private boolean resting;
  private @Nullable Failover failover;
  private long espTrial = Timing.ESP_TRIAL;

  TunnelFsm(String name) {
    this(name, new HoldDown());
  }

  /** For tests that plant a bug. */
  TunnelFsm(String name, HoldDown holdDown) {
    this.name = name;
    this.holdDown = holdDown;
  }

  String name() {
    return name;
  }

  Silence silence() {
    return silence;
  }

  Inquiry inquiry() {
    return inquiry;
  }

  EspWatch espWatch() {
    return espWatch;
  }

  Meantime meantime() {
    return meantime;
  }

  HoldDown holdDown() {
    return holdDown;
  }

  LossWatch loss() {
    return loss;
  }

  /** Why new flows keep away; null: they do not. */
  @Nullable TunnelReason shunned() {
    return shunned;
  }

  TunnelPhase phase() {
    return state.phase();
  }

  /** Whether IKE answers while its ESP is taken for blackholed. */
  boolean blackholed() {
    return state instanceof BlackholedState;
  }

  /** And it is the best there is. */
  boolean lastResort() {
    return state instanceof BlackholedState blackholed && blackholed.lastResort();
  }

  TunnelReason reason() {
    return reason;
  }

  long changedAt() {
    return changedAt;
  }

  /** As it was seen last; null before the first look. */
  @Nullable Sighting last() {
    return last;
  }

  long nextLook() {
    return nextLook;
  }

  /** Whether to look now. Where it rests for long, each time that somebody is awake anyway. */
  boolean isDue(long now) {
    return resting || now - nextLook >= 0;
  }

  /** Not later than now. */
  void hurry(long now) {
    if (nextLook - now > 0) {
      nextLook = now;
    }
  }

  void emit(TunnelAction action) {
    actions.add(action);
  }

  void ask() {
    emit(new TunnelAction.Ask(name));
  }

  void probe() {
    emit(new TunnelAction.Probe(name));
  }

  List<TunnelAction> take() {
    List<TunnelAction> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }

  void look(long now, Sighting seen, Neighbours around) {
    heldUp(now);
    if (resting) {
      silence.rested(now);
    }
    silence.look(now, seen);
    boolean lost = phase() == TunnelPhase.LOST;
    inquiry.look(now, seen, this, lost ? Timing.ASK_LOST : 0);
    last = seen;
    confirm(now, seen, around);
    Step step = state.look(this, now, seen, around);
    if (step != null) {
      enter(now, step);
    }
    lookAtLoss(now, seen, around);
    lastLook = now;
    nextLook = now + interval(now, seen);
  }

  private void lookAtLoss(long now, Sighting seen, Neighbours around) {
    if (phase() != TunnelPhase.UP && phase() != TunnelPhase.SUSPECT) {
      loss.forget();
      shunned = null;
      return;
    }
    TunnelReason news = loss.look(now, seen, around.loss());
    if (news != null) {
      shunned = loss.lossy() ? news : null;
      emit(new TunnelAction.Transition(name, phase(), news));
    }
  }

  private void heldUp(long now) {
    long late = lastLook == 0 ? 0 : now - nextLook;
    if (late > Timing.HELD_UP) {
      silence.heldUp(late);
      inquiry.heldUp(late);
    }
  }

  private long interval(long now, Sighting seen) {
    resting = false;
    if (state.restless() || inquiry.isOpen() && phase() == TunnelPhase.UP) {
      return Timing.LOOK_ASKING;
    }
    long passed = Timing.latest(seen.sentAt(), seen.heardAt());
    boolean active = passed != 0 && now - passed < Timing.ACTIVE || failover != null;
    if (active) {
      return Timing.LOOK_ACTIVE;
    }
    resting = phase() == TunnelPhase.UP && inquiry.hasLearnt();
    return resting ? Timing.LOOK_RESTING : Timing.LOOK_IDLE;
  }

  private void enter(long now, Step step) {
    boolean lostIt = state.phase() == TunnelPhase.LOST;
    boolean carried = state.phase() == TunnelPhase.UP || state.phase() == TunnelPhase.SUSPECT;
    state = step.next();
    reason = step.reason();
    changedAt = now;
    if (lostIt || state.phase() == TunnelPhase.DOWN) {
      inquiry.forget();
    }
    if (!carried && state.phase() == TunnelPhase.UP) {
      silence.restart(now);
      espWatch.restart();
    }
    emit(new TunnelAction.Transition(name, state.phase(), reason));
  }

  // --- what the states have in common -----------------------------------------------------------

  /** No SA is left. Flows that were still on it count as driven out. */
  Step down(long now) {
    if (phase() != TunnelPhase.LOST) {
      holdDown.lost(now);
    }
    return new Step(new DownState(), Reasons.noSa());
  }

  /** Works, but was lost of late. Where no other tunnel does it is not held: nothing is gained. */
  Step held(long now, Neighbours around) {
    if (!around.working()) {
      return new Step(new UpState(), Reasons.alone());
    }
    long hold = holdDown.length(now);
    return new Step(HeldState.until(now + hold), Reasons.held(hold, holdDown.losses()));
  }

  /** Its flows are to leave at once. */
  Step lost(long now, TunnelReason why, boolean espOnly) {
    holdDown.lost(now);
    failover = failover(now, espOnly);
    if (!espOnly) {
      return new Step(new LostState(now, inquiry.begunAt()), why);
    }
    long trialAt = now + espTrial;
    espTrial = Math.min(2 * espTrial, Timing.ESP_TRIAL_LONGEST);
    return new Step(new BlackholedState(now, trialAt, false), why);
  }

  /**
   * When the first packet went into the void, as far as can be told: the peer's last answer excuses
   * what was sent before it, unless ESP alone is the matter; and of what is sent while others are
   * heard nothing is known but that the first question remained without answer. Where nothing
   * answers the packets themselves, that last answer is all that is known, and a bound.
   */
  private Failover failover(long now, boolean espOnly) {
    boolean silent = silence.length() >= silence.threshold(inquiry.roundTrip());
    if (!silent) {
      return new Failover(silence.heardAt(), inquiry.begunAt(), false, now, 0);
    }
    long answered = espOnly || last == null ? 0 : last.answeredAt();
    long firstBad = Timing.latest(silence.since(), answered);
    boolean answers = silence.heardAt() != 0 && silence.since() - silence.heardAt() < Timing.PAUSE;
    boolean bound = !answers || firstBad - silence.since() > Timing.TWO_WAY;
    return new Failover(silence.heardAt(), firstBad, bound, now, 0);
  }

  /** A failover is over when the tunnels that took over hear something, or its own if alone. */
  private void confirm(long now, Sighting seen, Neighbours around) {
    Failover pending = failover;
    if (pending == null) {
      return;
    }
    long heard = Timing.latest(around.heardAt(), seen.heardAt());
    if (Timing.after(heard, pending.movedAt())) {
      failover = null;
      emit(new TunnelAction.FailedOver(name, pending.confirmed(heard)));
    } else if (now - pending.movedAt() >= Timing.CONFIRM) {
      failover = null;
      emit(new TunnelAction.FailedOver(name, pending));
    }
  }

  // --- announced --------------------------------------------------------------------------------

  /**
   * @param spoken whether its BGP session is up
   */
  void drain(long now, boolean spoken) {
    if (phase() != TunnelPhase.DRAINING && phase() != TunnelPhase.DRAINED) {
      emit(new TunnelAction.Withdraw(name));
      enter(now, new Step(new DrainingState(now, spoken), Reasons.draining()));
    }
  }

  void undrain(long now) {
    if (phase() == TunnelPhase.DRAINING || phase() == TunnelPhase.DRAINED) {
      holdDown.forget();
      emit(new TunnelAction.Open(name));
      enter(now, new Step(new DownState(), Reasons.undrained()));
    }
  }

  /** The operator starts over: what is reset now comes back at once. */
  void reset() {
    holdDown.forget();
    if (state instanceof HeldState) {
      state = HeldState.until(0);
    }
  }

  /** The peer says that the tunnel will go. */
  void leaving(long now, String why) {
    if (phase() == TunnelPhase.UP || phase() == TunnelPhase.SUSPECT) {
      enter(now, new Step(new LeavingState(), Reasons.leaving(why)));
    }
  }

  /** It did not. */
  void stays(long now, String why) {
    if (phase() == TunnelPhase.LEAVING) {
      enter(now, new Step(new UpState(), Reasons.stays(why)));
    }
  }
}
