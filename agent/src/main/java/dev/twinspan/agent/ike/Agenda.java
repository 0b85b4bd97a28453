package dev.twinspan.agent.ike;

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
  private long doubtedAt = IkeContext.NEVER;
  private long lastDoubt = Long.MIN_VALUE;

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

  /** A liveness check as soon as the window is free. */
  void ask() {
    doubtedAt = context.now();
  }

  void rekeyAt(long time) {
    rekeyAt = time;
  }

  /** Does what is due and, when the window is free, begins the next exchange. */
  void run() {
    if (sa.isEstablished()) {
      if (context.now() >= expiresAt) {
        sa.close(Reasons.lifetimeExpired("IKE SA"));
        return;
      }
      sa.children().age();
      watchForChild();
      keepalive();
    }
    if (sa.channel().outstanding() == null) {
      if (sa.isEstablished() && context.now() >= ParallelPairs.closingDue(sa)) {
        ParallelPairs.close(sa, context.now());
      }
      Exchange next = next();
      if (next != null) {
        sa.begin(next);
      }
    }
  }

  /** An IKE SA without CHILD SA asks for one, or goes after a while. */
  private void watchForChild() {
    if (sa.children().hasLive()) {
      childWantedAt = IkeContext.NEVER;
      childlessUntil = IkeContext.NEVER;
    } else if (childlessUntil == IkeContext.NEVER) {
      childlessUntil = context.in(Timing.CHILDLESS_PATIENCE);
      childWantedAt = context.in(Timing.CHILD_RETRY);
    } else if (context.now() >= childlessUntil) {
      sa.close(Reasons.childless());
    }
  }

  /** RFC 3948 section 4: only where nothing else keeps the mapping open. */
  private void keepalive() {
    if (context.now() >= keepaliveAt) {
      long sentAt = sa.peer().sentAt();
      if (sentAt != Long.MIN_VALUE && context.now() - sentAt < Timing.KEEPALIVE) {
        keepaliveAt = sentAt + Timing.KEEPALIVE;
        return;
      }
      keepaliveAt = context.in(Timing.KEEPALIVE);
      if (sa.path().natHere()) {
        context.emit(new IkeAction.SendKeepalive(sa.path().local(), sa.path().remote()));
      }
    }
  }

  private @Nullable Exchange next() {
    if (sa.phase() == IkeSa.Phase.CLOSING) {
      return InformationalExchange.deleteIke(sa);
    }
    if (!sa.isEstablished()) {
      return null;
    }
    if (!sa.children().in(ChildSa.Phase.DELETE_DUE).isEmpty()) {
      return InformationalExchange.deleteChildren(sa);
    }
    if (context.now() >= rekeyAt) {
      return new RekeyIkeExchange(context, sa);
    }
    ChildSa oldest = sa.children().nextToRekey();
    if (oldest != null && context.now() >= oldest.rekeyAt()) {
      return new RekeyChildExchange(context, sa, oldest);
    }
    if (wantsChild() && context.now() >= childWantedAt) {
      childWantedAt = IkeContext.NEVER;
      return new CreateChildExchange(context, sa);
    }
    int pair = sa.peer().pairs().due(sa);
    if (pair >= 0) {
      return new PairExchange(context, sa, pair);
    }
    if (context.now() >= livenessAt()) {
      doubtedAt = IkeContext.NEVER;
      return InformationalExchange.liveness(sa);
    }
    return null;
  }

  /** Only one of the two asks, or there would be two. */
  private boolean wantsChild() {
    return sa.initiator() && sa.peer().pairs().isEmpty() && sa.peer().lacksChild();
  }

  /** Somebody says, unproven, that the peer has lost an SA: it is asked. */
  void doubt() {
    if (lastDoubt == Long.MIN_VALUE || context.now() - lastDoubt >= Timing.DOUBT_INTERVAL) {
      lastDoubt = context.now();
      doubtedAt = context.now();
    }
  }

  private long livenessAt() {
    if (doubtedAt != IkeContext.NEVER) {
      return doubtedAt;
    }
    long interval = Lifetimes.nanos(sa.peer().config().liveness());
    return sa.peer().lastAlive(sa) + interval;
  }

  long deadline() {
    if (!sa.isEstablished()) {
      return IkeContext.NEVER;
    }
    long due = Math.min(Math.min(expiresAt, childlessUntil), sa.children().ageDeadline());
    if (sa.path().natHere()) {
      due = Math.min(due, keepaliveAt);
    }
    return sa.channel().outstanding() == null ? Math.min(due, nextExchangeAt()) : due;
  }

  private long nextExchangeAt() {
    long due = Math.min(Math.min(rekeyAt, livenessAt()), sa.peer().pairs().dueAt(sa));
    due = Math.min(due, ParallelPairs.closingDue(sa));
    if (wantsChild()) {
      due = Math.min(due, childWantedAt);
    }
    ChildSa oldest = sa.children().nextToRekey();
    return oldest == null ? due : Math.min(due, oldest.rekeyAt());
  }
}
