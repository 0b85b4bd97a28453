package dev.twinspan.agent.ike;

/**
 * A peer's state and its reason as the operator sees them. Emits a Transition whenever either
 * changes, and only then.
 *
 * <p>While attempts fail, the reason that tells most stays in view: the silence of a gateway that
 * has just refused our key does not cover up the key. It gives way when it has not been confirmed
 * for {@link Timing#REASON_KEPT}.
 */
final class Standing {
  private final IkeContext context;
  private final String peer;
  private IkeState state;
  private IkeReason reason;
  private Weight weight = Weight.LIFECYCLE;
  private long since;
  private long confirmedAt;

  Standing(IkeContext context, String peer, IkeState first, IkeReason reason) {
    this.context = context;
    this.peer = peer;
    this.state = first;
    this.reason = reason;
    this.since = context.now();
    this.confirmedAt = context.now();
    context.emit(new IkeAction.Transition(peer, first, reason));
  }

  IkeState state() {
    return state;
  }

  IkeReason reason() {
    return reason;
  }

  /** When the state was entered. */
  long since() {
    return since;
  }

  void enter(IkeState next, IkeReason why) {
    enter(next, why, Weight.LIFECYCLE);
  }

  private void enter(IkeState next, IkeReason why, Weight newWeight) {
    boolean told = next == state && why.equals(reason);
    if (next != state) {
      since = context.now();
    }
    state = next;
    reason = why;
    weight = newWeight;
    confirmedAt = context.now();
    if (!told) {
      context.emit(new IkeAction.Transition(peer, state, reason));
    }
  }

  /** An attempt came to nothing. */
  void failed(Failure failure) {
    if (state == IkeState.ESTABLISHED) {
      return; // somebody's failed attempt does not touch what works
    }
    boolean tellsLess = failure.weight().compareTo(weight) < 0;
    boolean confirmedLately = context.now() - confirmedAt < Timing.REASON_KEPT;
    if (state == IkeState.FAILED && tellsLess && confirmedLately) {
      return;
    }
    enter(IkeState.FAILED, failure.reason(), failure.weight());
  }

  /** Something the operator wants to know that leaves the state as it is. */
  void event(IkeReason what) {
    context.emit(new IkeAction.Transition(peer, state, what));
  }
}
