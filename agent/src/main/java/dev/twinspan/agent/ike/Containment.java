package dev.twinspan.agent.ike;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Faults of this program inside the core: counted, told with their cause, and paid for by what was
 * being worked on. A message that meets one must not be able to stop the box, nor tunnels that have
 * nothing to do with it.
 */
final class Containment {
  private final IkeContext context;

  Containment(IkeContext context) {
    this.context = context;
  }

  /**
   * @param sa whose message or time it was; null: nobody's
   */
  void contain(@Nullable IkeSa sa, RuntimeException cause) {
    PeerSession peer = sa == null ? null : sa.peerOrNull();
    told(peer, cause);
    if (sa != null) {
      end(sa);
    }
  }

  /** All IKE SAs of the peer start over. */
  void contain(PeerSession peer, RuntimeException cause) {
    told(peer, cause);
    List.copyOf(peer.sas()).forEach(this::end);
  }

  private void told(@Nullable PeerSession peer, RuntimeException cause) {
    context.drop(Drop.INTERNAL_FAULT);
    context.emit(new IkeAction.Fault(peer == null ? null : peer.name(), cause));
  }

  /** As a lost peer does; and should even that meet the fault, without the niceties. */
  private void end(IkeSa sa) {
    try {
      sa.end(Reasons.internalFault(), false);
    } catch (RuntimeException again) {
      told(sa.peerOrNull(), again);
      sa.discard();
      PeerSession peer = sa.peerOrNull();
      if (peer != null) {
        peer.forget(sa);
      }
    }
  }
}
