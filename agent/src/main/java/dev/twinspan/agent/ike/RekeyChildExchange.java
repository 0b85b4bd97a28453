package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.util.List;

/**
 * Replaces a CHILD SA, make before break: RFC 7296 sections 1.3.3 and 2.8. When the answer is there
 * both directions of the new one are in place, traffic moves to it, and the old one is deleted.
 *
 * <p>The selectors offered are those in use, since they must not become narrower (section 2.8).
 */
final class RekeyChildExchange extends ChildExchange {
  private final ChildSa old;

  RekeyChildExchange(IkeContext context, IkeSa sa, ChildSa old) {
    super(
        context,
        sa,
        old.terms().suite(),
        old.terms().localSelectors(),
        old.terms().remoteSelectors());
    this.old = old;
  }

  ChildSa old() {
    return old;
  }

  @Override
  protected List<Payload> purpose() {
    return List.of(Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(old.inboundSpi())));
  }

  @Override
  protected boolean isStillWanted() {
    return old.phase() == ChildSa.Phase.INSTALLED;
  }

  /**
   * When the peer replaced the same one meanwhile, one of the two yields (section 2.8.1). That it
   * has deleted the old one tells that it knows itself the winner.
   */
  private boolean weYield(byte[] lowestNonce) {
    ChildSa rival = old.rival();
    if (rival == null) {
      return false;
    }
    return !old.isLive()
        || rival.isLive() && context.collisions().weYield(lowestNonce, rival.lowestNonce());
  }

  @Override
  protected long sendFrom(byte[] lowestNonce) {
    return weYield(lowestNonce) ? IkeContext.NEVER : context.now();
  }

  @Override
  protected void made(ChildSa fresh) {
    if (weYield(fresh.lowestNonce())) {
      fresh.deleteDue("rekey-collision");
      awaitPeersDelete();
      sa.peer().childRekeyed();
      return;
    }
    if (old.isLive()) {
      old.deleteDue("rekeyed");
    }
    sa.peer().childRekeyed();
    sa.peer().refresh(Reasons.childRekeyed());
  }

  @Override
  protected void refused(int notifyType) {
    ChildSa rival = old.rival();
    if (rival != null) {
      sa.peer().childRekeyed(); // by the peer
      if (rival.isLive()) {
        awaitPeersDelete();
      }
    }
    if (old.phase() != ChildSa.Phase.INSTALLED) {
      return; // replaced or deleted by the peer meanwhile
    }
    switch (notifyType) {
      case NotifyType.TEMPORARY_FAILURE -> retryAfter(Timing.TEMPORARY_FAILURE_WAIT);
      case NotifyType.CHILD_SA_NOT_FOUND -> {
        sa.children().remove(old, "child-lost");
        sa.peer().refresh(Reasons.childLost());
      }
      default -> {
        retryAfter(Timing.REKEY_REFUSED_WAIT);
        sa.peer().standing().event(Reasons.rekeyRefused("CHILD SA", NotifyType.name(notifyType)));
      }
    }
  }

  /** The peer's replacement stays, so the old one is the peer's to delete. */
  private void awaitPeersDelete() {
    if (old.phase() == ChildSa.Phase.INSTALLED) {
      old.phase(ChildSa.Phase.REPLACED, context.in(Timing.REPLACED_PATIENCE));
    }
  }

  private void retryAfter(long wait) {
    old.rekeyAt(context.in(wait + context.jitter(wait)));
  }
}
