package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import java.util.ArrayList;
import java.util.List;

/**
 * INFORMATIONAL as responder: RFC 7296 sections 1.4 and 1.4.1. Unknown notifications are ignored.
 */
final class InformationalResponder {
  private InformationalResponder() {}

  static List<Payload> answer(IkeContext context, IkeSa sa, IkeMessage request) {
    List<byte[]> ours = new ArrayList<>();
    for (Payload payload : request.payloads()) {
      if (payload instanceof Payload.Delete delete) {
        if (delete.protocol() == Proposal.PROTOCOL_IKE) {
          deleteIke(sa, request);
          return List.of();
        }
        if (delete.protocol() == Proposal.PROTOCOL_ESP) {
          delete.spis().forEach(spi -> deleteChild(context, sa, spi, ours));
        }
      }
    }
    if (Payloads.notification(request.payloads(), NotifyType.AUTHENTICATION_FAILED) != null) {
      refusedAfterwards(sa);
      return List.of();
    }
    lostByPeer(sa, request);
    return ours.isEmpty() ? List.of() : List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, ours));
  }

  /** Section 1.5: our ESP came with an SPI the peer does not have, and it proves who says so. */
  private static void lostByPeer(IkeSa sa, IkeMessage request) {
    Integer spi =
        Strays.unknownChildSpi(Payloads.notification(request.payloads(), NotifyType.INVALID_SPI));
    ChildSa child = spi == null ? null : sa.children().byOutbound(spi);
    if (child != null && child.isLive()) {
      child.deleteDue("child-lost");
      sa.peer().refresh(Reasons.childLost());
    }
  }

  private static void deleteIke(IkeSa sa, IkeMessage request) {
    boolean refused =
        Payloads.notification(request.payloads(), NotifyType.AUTHENTICATION_FAILED) != null;
    IkeSa rival = sa.rival();
    if (refused) {
      refusedAfterwards(sa);
    } else {
      if (sa.isEstablished() && rival != null && rival.isEstablished()) {
        sa.handOver(rival); // section 2.25.2: our own rekey is forgotten
      }
      sa.end(Reasons.peerDeleted(sa.peer().config()), true);
    }
  }

  /** The initiator found our AUTH or identity wrong (section 2.21.2). */
  private static void refusedAfterwards(IkeSa sa) {
    PeerSession peer = sa.peer();
    sa.end(Reasons.refusedByPeer(peer.config()), true);
    peer.failed(Faults.authenticationRefused(peer.config(), true));
  }

  private static void deleteChild(IkeContext context, IkeSa sa, byte[] spi, List<byte[]> ours) {
    ChildSa child = spi.length == 4 ? sa.children().byOutbound(Payloads.childSpi(spi)) : null;
    if (child == null) {
      Outstanding own = sa.channel().outstanding();
      if (spi.length == 4 && own != null && own.exchange() instanceof ChildExchange exchange) {
        exchange.deletedByPeer(Payloads.childSpi(spi));
      }
      return;
    }
    boolean crossed = child.phase() == ChildSa.Phase.DELETING;
    if (!crossed) { // when both DELETEs cross, neither answer names the SA (section 1.4.1)
      ours.add(Payloads.spi(child.inboundSpi()));
    }
    ChildSa successor = child.rival();
    if (successor != null && successor.phase() == ChildSa.Phase.INSTALLED) {
      successor.sendFrom(context.now());
    }
    sa.children().deleted(child, Reasons.peerDeletedChild(sa.peer().config()));
  }
}
