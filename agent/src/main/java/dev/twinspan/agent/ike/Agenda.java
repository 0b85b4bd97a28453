package dev.twinspan.agent.ike;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an IKE SA has to do by itself, and when: rekeys, DELETEs, liveness, keepalives. Nothing is
 * queued: each time the window is free the next exchange is found from the state as it is then, so
 * that a wish overtaken by events is simply not there any more.
 */
final class Agenda {
  private final IkeContext context;
  private final IkeSa sa;
  private long rekeyAt = IkeContext.NEVER;
  private long expiresAt = IkeContext.NEVER;
  private long childWantedAt = IkeContext.NEVER;
  private long childlessUntil = IkeContext.NEVER;
  private long keepaliveAt = IkeContext.NEVER;

  Agenda(IkeContext context, IkeSa sa) {
    this.context = context;
    this.sa = sa;
  }

  void established() {
    long lifetime = Lifetimes.nanos(sa.peer().config().policy().ikeLifetime());
    rekeyAt = context.in(Lifetimes.rekeyAfter(context, lifetime, sa.initiator()));
    expiresAt = context.in(Lifetimes.expireAfter(lifetime));
    keepaliveAt = context.in(Timing.KEEPALIVE);
  }

  void rekeyAt(long time) {
    rekeyAt = time;
  }

  /** Does what is due and, when the window is free, begins the next exchange. */
  void run() {
    if (sa.phase() == IkeSa.Phase.ESTABLISHED) {
      expire();
      watchChildren();
      keepalive();
    }
    if (sa.channel().outstanding() == null) {
      Exchange next = next();
      if (next != null) {
        sa.begin(next);
      }
    }
  }

  private void expire() {
    if (context.now() >= expiresAt) {
      sa.close(Reasons.lifetimeExpired("IKE SA"));
      return;
    }
    for (ChildSa child : List.copyOf(sa.children())) {
      switch (child.phase()) {
        case LINGERING -> {
          if (context.now() >= child.phaseEndsAt()) {
            sa.remove(child, "deleted");
          }
        }
        case REPLACED -> {
          if (context.now() >= child.phaseEndsAt()) {
            child.deleteDue("replaced");
          }
        }
        case INSTALLED -> {
          if (context.now() >= child.expiresAt()) {
            child.deleteDue("lifetime-expired");
            sa.peer().refresh(Reasons.lifetimeExpired("CHILD SA"));
          }
        }
        case DELETE_DUE, DELETING -> {}
      }
    }
  }

  /** An IKE SA without CHILD SA asks for one, or goes after a while. */
  private void watchChildren() {
    if (sa.phase() != IkeSa.Phase.ESTABLISHED) {
      return;
    }
    if (sa.hasLiveChild()) {
      childWantedAt = IkeContext.NEVER;
      childlessUntil = IkeContext.NEVER;
      return;
    }
    if (childlessUntil == IkeContext.NEVER) {
      childlessUntil = context.in(Timing.CHILDLESS_PATIENCE);
      childWantedAt = context.in(Timing.CHILD_RETRY);
    } else if (context.now() >= childlessUntil) {
      sa.close(Reasons.childless());
    }
  }

  private void keepalive() {
    if (context.now() < keepaliveAt) {
      return;
    }
    keepaliveAt = context.in(Timing.KEEPALIVE);
    if (sa.natHere()) {
      context.emit(new IkeAction.SendKeepalive(sa.local(), sa.remote()));
    }
  }

  private @Nullable Exchange next() {
    if (sa.phase() == IkeSa.Phase.CLOSING) {
      return InformationalExchange.deleteIke(context, sa);
    }
    if (sa.phase() != IkeSa.Phase.ESTABLISHED) {
      return null;
    }
    if (sa.children().stream().anyMatch(child -> child.phase() == ChildSa.Phase.DELETE_DUE)) {
      return InformationalExchange.deleteChildren(context, sa);
    }
    if (context.now() >= rekeyAt) {
      return new RekeyIkeExchange(context, sa);
    }
    for (ChildSa child : sa.children()) {
      if (child.phase() == ChildSa.Phase.INSTALLED && context.now() >= child.rekeyAt()) {
        return new RekeyChildExchange(context, sa, child);
      }
    }
    if (context.now() >= childWantedAt && sa.initiator() && sa.peer().lacksChild()) {
      childWantedAt = IkeContext.NEVER;
      return new CreateChildExchange(context, sa);
    }
    if (context.now() >= livenessAt()) {
      return InformationalExchange.liveness(context, sa);
    }
    return null;
  }

  private long livenessAt() {
    long interval = Lifetimes.nanos(sa.peer().config().liveness());
    long at = sa.peer().lastAlive(sa) + interval;
    return at < 0 ? IkeContext.NEVER : at;
  }

  long deadline() {
    if (sa.phase() != IkeSa.Phase.ESTABLISHED) {
      return IkeContext.NEVER;
    }
    long due = Math.min(expiresAt, childlessUntil);
    if (sa.natHere()) {
      due = Math.min(due, keepaliveAt);
    }
    for (ChildSa child : sa.children()) {
      due = Math.min(due, child.phaseEndsAt());
      if (child.phase() == ChildSa.Phase.INSTALLED) {
        due = Math.min(due, child.expiresAt());
      }
      if (child.sendFrom() > context.now()) {
        due = Math.min(due, child.sendFrom());
      }
    }
    return sa.channel().outstanding() == null ? Math.min(due, nextExchangeAt()) : due;
  }

  private long nextExchangeAt() {
    long due = Math.min(rekeyAt, livenessAt());
    if (sa.initiator() && sa.peer().lacksChild()) {
      due = Math.min(due, childWantedAt);
    }
    for (ChildSa child : sa.children()) {
      if (child.phase() == ChildSa.Phase.INSTALLED) {
        due = Math.min(due, child.rekeyAt());
      }
    }
    return due;
  }
}
