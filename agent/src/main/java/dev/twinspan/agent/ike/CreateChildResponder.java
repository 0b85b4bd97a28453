package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CREATE_CHILD_SA as responder: a new CHILD SA, the rekey of one, or of the IKE SA (RFC 7296
 * section 1.3). What may not go on at once is answered with TEMPORARY_FAILURE (section 2.25).
 */
final class CreateChildResponder {
  private CreateChildResponder() {}

  static List<Payload> answer(IkeContext context, IkeSa sa, IkeMessage request) {
    List<Payload> payloads = request.payloads();
    var offer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var ni = Payloads.first(payloads, Payload.Nonce.class);
    if (offer == null || ni == null || offer.proposals().isEmpty()) {
      return error(NotifyType.INVALID_SYNTAX);
    }
    if (offer.proposals().getFirst().protocol() == Proposal.PROTOCOL_IKE) {
      return ikeRekey(context, sa, offer.proposals(), ni.data(), payloads);
    }
    return child(context, sa, offer.proposals(), ni.data(), payloads);
  }

  // --- IKE SA -----------------------------------------------------------------------------------

  /**
   * Section 2.25.2: not while we make, replace or delete a CHILD SA on it, nor while we close it.
   * When we rekey it ourselves the answer is given as usual, and the nonces decide once both are
   * through.
   */
  private static List<Payload> ikeRekey(
      IkeContext context, IkeSa sa, List<Proposal> offered, byte[] ni, List<Payload> payloads) {
    Outstanding own = sa.channel().outstanding();
    if (!sa.isEstablished() || own != null && concernsChildren(own.exchange())) {
      return error(NotifyType.TEMPORARY_FAILURE);
    }
    List<IkeSuite> policy = sa.peer().config().policy().ike();
    long ownSpi = context.newIkeSpi();
    var choice = Negotiation.chooseIke(offered, policy, Payloads.spi(ownSpi));
    if (choice == null) {
      return error(NotifyType.NO_PROPOSAL_CHOSEN);
    }
    var share = Payloads.first(payloads, Payload.KeyExchange.class);
    DhGroup group = choice.suite().group();
    if (share == null || share.group() != group.id()) {
      return List.of(Payloads.invalidKe(group.id()));
    }
    KeyPair keyPair = context.crypto().keyPair(group);
    byte[] secret = Keying.agree(context, keyPair, share.data());
    if (secret == null) {
      return error(NotifyType.INVALID_SYNTAX);
    }
    byte[] nr = context.newNonce();
    IkeSa fresh =
        IkeRekeying.successor(
            context,
            sa,
            new IkeRekeying.Terms(
                false, ownSpi, Payloads.ikeSpi(choice.peerSpi()), choice.suite(), ni, nr),
            secret);
    if (own != null && own.exchange() instanceof RekeyIkeExchange) {
      sa.rival(fresh);
    } else {
      sa.handOver(fresh);
    }
    return List.of(
        new Payload.SecurityAssociation(List.of(choice.answer())),
        new Payload.Nonce(nr),
        new Payload.KeyExchange(group.id(), keyPair.share()));
  }

  private static boolean concernsChildren(Exchange exchange) {
    return exchange instanceof ChildExchange
        || exchange instanceof InformationalExchange informational && informational.isDelete();
  }

  // --- CHILD SA ---------------------------------------------------------------------------------

  private static List<Payload> child(
      IkeContext context, IkeSa sa, List<Proposal> offered, byte[] ni, List<Payload> payloads) {
    Outstanding own = sa.channel().outstanding();
    if (!sa.isEstablished() || own != null && own.exchange() instanceof RekeyIkeExchange) {
      return error(NotifyType.TEMPORARY_FAILURE);
    }
    Payload.Notify rekey = Payloads.notification(payloads, NotifyType.REKEY_SA);
    ChildSa old = null;
    if (rekey != null) {
      old =
          rekey.spi().length == 4 ? sa.children().byOutbound(Payloads.childSpi(rekey.spi())) : null;
      if (old == null && own != null && own.exchange() instanceof ChildExchange) {
        // It may be the one of an answer that has not reached us. NOT_FOUND would make the peer
        // drop
        // it without a word (section 2.25), and us send on it once that answer is here.
        return error(NotifyType.TEMPORARY_FAILURE);
      }
      if (old == null) {
        return List.of(Payloads.notifyChild(NotifyType.CHILD_SA_NOT_FOUND, rekey.spi()));
      }
      if (!old.isLive()) {
        return error(NotifyType.TEMPORARY_FAILURE);
      }
    }
    if (!sa.children().makeRoom()) {
      return error(NotifyType.NO_ADDITIONAL_SAS);
    }
    return install(context, sa, old, offered, ni, payloads);
  }

  private static List<Payload> install(
      IkeContext context,
      IkeSa sa,
      @Nullable ChildSa old,
      List<Proposal> offered,
      byte[] ni,
      List<Payload> payloads) {
    IkePeer config = sa.peer().config();
    int spi = context.newChildSpi(config.name());
    Negotiation.Choice<EspSuite> choice =
        Negotiation.chooseEsp(offered, config.policy().esp(), spi, true);
    if (choice == null) {
      return error(NotifyType.NO_PROPOSAL_CHOSEN);
    }
    var theirs = Payloads.selectors(payloads, true);
    var ours = Payloads.selectors(payloads, false);
    if (theirs == null || ours == null) {
      return error(NotifyType.INVALID_SYNTAX);
    }
    // A peer may offer all of its configuration where one pair is rekeyed (section 2.9.2): the new
    // CHILD SA takes no traffic that the old one did not have, or the other pairs' would move.
    List<TrafficSelector> remote =
        SelectorNarrowing.narrow(
            theirs.selectors(),
            old == null ? config.remoteSelectors() : old.terms().remoteSelectors());
    List<TrafficSelector> local =
        SelectorNarrowing.narrow(
            ours.selectors(), old == null ? config.localSelectors() : old.terms().localSelectors());
    if (remote.isEmpty() || local.isEmpty()) {
      return error(NotifyType.TS_UNACCEPTABLE);
    }
    List<Payload> answer = new ArrayList<>();
    byte[] nr = context.newNonce();
    answer.add(new Payload.SecurityAssociation(List.of(choice.answer())));
    answer.add(new Payload.Nonce(nr));
    byte[] secret = null;
    DhGroup group = choice.suite().pfs();
    if (group != null) {
      var share = Payloads.first(payloads, Payload.KeyExchange.class);
      if (share == null || share.group() != group.id()) {
        return List.of(Payloads.invalidKe(group.id()));
      }
      KeyPair keyPair = context.crypto().keyPair(group);
      secret = Keying.agree(context, keyPair, share.data());
      if (secret == null) {
        return error(NotifyType.INVALID_SYNTAX);
      }
      answer.add(new Payload.KeyExchange(group.id(), keyPair.share()));
    }
    answer.add(new Payload.TrafficSelectors(true, remote));
    answer.add(new Payload.TrafficSelectors(false, local));
    ChildSa.Terms terms =
        new ChildSa.Terms(spi, Payloads.childSpi(choice.peerSpi()), choice.suite(), local, remote);
    // The peer can receive on the new one only when it has our answer: its DELETE of the old one
    // says so, any other next request, ESP on the new one, or some time without any of these.
    // What stands on the same IKE SA serves until then, replaced by name or not.
    long sendFrom =
        old == null && !sa.children().carry(local, remote)
            ? sa.peer().sendFrom(local, remote)
            : context.in(Timing.REKEY_SETTLE);
    ChildSa fresh = Keying.install(context, sa, terms, false, sendFrom, secret, ni, nr);
    if (old != null) {
      replaced(context, sa, old, fresh);
    }
    return answer;
  }

  /** While our own rekey of the same is under way, its answer settles which one stays. */
  private static void replaced(IkeContext context, IkeSa sa, ChildSa old, ChildSa fresh) {
    old.rival(fresh);
    Outstanding own = sa.channel().outstanding();
    boolean collides =
        own != null && own.exchange() instanceof RekeyChildExchange ours && ours.old() == old;
    if (!collides) {
      old.phase(ChildSa.Phase.REPLACED, context.in(Timing.REPLACED_PATIENCE));
      sa.peer().childRekeyed();
    }
  }

  private static List<Payload> error(int type) {
    return List.of(Payloads.notify(type));
  }
}
