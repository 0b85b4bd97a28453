package dev.twinspan.agent.ike;

import org.jspecify.annotations.Nullable;

/**
 * A peer's state and its reason as the operator sees them. Emits a Transition whenever either
 * changes, and only then.
 *
 * <p>While attempts fail, the reason that tells most stays in view: the silence of a gateway that
 * has just refused our key does not cover up the key, nor does an IKE SA that stood for a blink. It
 * gives way when it has not been confirmed for {@link Timing#REASON_KEPT}.
 */
final class Standing {
  private final IkeContext context;
  private final String peer;
  private IkeState state;
  private IkeReason reason;
  private @Nullable Failure telling;
  private long toldAt;
  private long since;

  Standing(IkeContext context, String peer, IkeState first, IkeReason reason) {
    this.context = context;
    this.peer = peer;
    this.state = first;
    this.reason = reason;
    this.since = context.now();
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
    boolean told = next == state && why.equals(reason);
    if (next != state) {
      since = context.now();
    }
    state = next;
    reason = why;
    if (!told) {
      context.emit(new IkeAction.Transition(peer, state, reason));
    }
  }

  /** An attempt came to nothing. */
  void failed(Failure failure) {
    if (state == IkeState.ESTABLISHED) {
      return; // somebody's failed attempt does not touch what works
    }
    Failure before = telling;
    if (before == null
        || failure.weight().compareTo(before.weight()) >= 0
        || context.now() - toldAt >= Timing.REASON_KEPT) {
      telling = failure;
      toldAt = context.now();
      enter(IkeState.FAILED, failure.reason());
    } else {
      enter(IkeState.FAILED, before.reason());
    }
  }

  /** Something the operator wants to know that leaves the state as it is. */
  void event(IkeReason what) {
    context.emit(new IkeAction.Transition(peer, state, what));
  }
}
