package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A peer as status shows it. */
final class PeerViews {
  private PeerViews() {}

  static IkeView of(PeerSession peer) {
    IkeSa shown = shown(peer);
    Standing standing = peer.standing();
    IkeSuite suite = shown == null ? null : shown.suiteOrNull();
    return new IkeView(
        peer.name(),
        standing.state(),
        standing.reason(),
        standing.since(),
        suite == null ? null : SuiteNames.of(suite),
        shown != null && shown.initiator(),
        shown != null && shown.path().natHere(),
        shown != null && shown.path().natThere(),
        shown == null ? null : shown.path().local(),
        shown == null ? null : shown.path().remote(),
        shown == null ? 0 : shown.channel().initiatorSpi(),
        shown == null ? 0 : shown.channel().responderSpi(),
        (int) peer.sas().stream().filter(IkeSa::isEstablished).count(),
        peer.rtt(),
        peer.rekeys(),
        peer.retransmits(),
        children(peer),
        peer.pairs().missing());
  }

  /** Of several IKE SAs, the one traffic goes by; else the latest. */
  private static @Nullable IkeSa shown(PeerSession peer) {
    ChildSa outbound = peer.outbound();
    if (outbound != null) {
      return outbound.ikeSa();
    }
    return peer.sas().isEmpty() ? null : peer.sas().getLast();
  }

  private static List<IkeView.Child> children(PeerSession peer) {
    List<IkeView.Child> children = new ArrayList<>();
    for (IkeSa sa : peer.sas()) {
      for (ChildSa child : sa.children().all()) {
        children.add(
            new IkeView.Child(
                child.inboundSpi(),
                child.outboundSpi(),
                SuiteNames.of(child.terms().suite()),
                child.since(),
                peer.sending().contains(child)));
      }
    }
    return List.copyOf(children);
  }
}
