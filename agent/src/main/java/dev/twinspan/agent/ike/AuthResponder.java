package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.cert.Names;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The responder between IKE_SA_INIT and IKE_AUTH: holds what the first left, and answers the
 * second. Who the peer is is decided here, by address and identity together; the Diffie-Hellman
 * agreement is done only when IKE_AUTH comes, so that an IKE_SA_INIT alone costs us little.
 */
final class AuthResponder {
  private final IkeContext context;
  private final IkeSa sa;
  private final List<PeerSession> candidates;
  private final boolean knownAddress;
  private final IkeSuite suite;
  private final KeyPair keyPair;
  private final byte[] peerShare;
  private final Handshake handshake;

  /**
   * @param candidates peers whose policy has the suite: those at the remote address, or, when there
   *     is none, all that may come from anywhere
   * @param knownAddress which of the two
   */
  AuthResponder(
      IkeContext context,
      IkeSa sa,
      List<PeerSession> candidates,
      boolean knownAddress,
      IkeSuite suite,
      KeyPair keyPair,
      byte[] peerShare,
      Handshake handshake) {
    this.context = context;
    this.sa = sa;
    this.candidates = candidates;
    this.knownAddress = knownAddress;
    this.suite = suite;
    this.keyPair = keyPair;
    this.peerShare = peerShare;
    this.handshake = handshake;
  }

  Handshake handshake() {
    return handshake;
  }

  /** False: the peer's key share must not be used, and the IKE SA goes. */
  boolean deriveKeys() {
    if (sa.channel().keys() != null) {
      return true;
    }
    byte[] secret = Keying.agree(context, keyPair, peerShare);
    keyPair.destroy();
    if (secret == null) {
      return false;
    }
    sa.keyed(
        suite,
        KeyDerivation.ike(
            context.crypto(),
            suite.prf(),
            suite.cipher(),
            secret,
            handshake.ni(),
            handshake.nr(),
            sa.channel().initiatorSpi(),
            sa.channel().responderSpi()));
    Arrays.fill(secret, (byte) 0);
    return true;
  }

  void forget() {
    keyPair.destroy();
  }

  // --- IKE_AUTH ---------------------------------------------------------------------------------

  List<Payload> answer(IkeMessage request) {
    List<Payload> payloads = request.payloads();
    var id = Payloads.identification(payloads, true);
    var asked = Payloads.identification(payloads, false);
    var auth = Payloads.first(payloads, Payload.Authentication.class);
    if (id == null) {
      return refuse(NotifyType.INVALID_SYNTAX, null, null);
    }
    IkeId askedId = asked == null ? null : asked.id();
    // One may have been paused since its IKE_SA_INIT was answered.
    List<PeerSession> named =
        candidates.stream().filter(c -> !c.isRemoved() && !c.isPaused()).toList();
    List<PeerSession> fitting =
        named.stream()
            .filter(c -> Names.same(c.config().remoteId(), id.id()))
            .filter(c -> askedId == null || Names.same(c.config().localId(), askedId))
            .toList();
    if (fitting.isEmpty()) {
      return wrongIdentity(named, id.id(), askedId);
    }
    Proof proof = new Proof(context, sa, handshake);
    Failure first = null;
    for (PeerSession peer : fitting) {
      Failure fault = proof.fault(peer.config(), id.id(), auth, payloads, "IKE_AUTH");
      if (fault == null) {
        fault = proof.impossible(peer.config());
      }
      if (fault == null) {
        boolean afresh = Payloads.notification(payloads, NotifyType.INITIAL_CONTACT) != null;
        return afresh || peer.hasRoom() ? accept(peer, proof, payloads, afresh) : tooMany();
      }
      first = first == null ? fault : first;
    }
    return refuse(NotifyType.AUTHENTICATION_FAILED, fitting.getFirst(), first);
  }

  /** Told to whom the address belongs; somebody from anywhere is nobody's failure. */
  private List<Payload> wrongIdentity(List<PeerSession> named, IkeId id, @Nullable IkeId asked) {
    if (knownAddress && !named.isEmpty()) {
      PeerSession first = named.getFirst();
      boolean himself = Names.same(first.config().remoteId(), id);
      return refuse(
          NotifyType.AUTHENTICATION_FAILED,
          first,
          himself && asked != null
              ? Faults.wrongOwnIdentity(first.config(), asked)
              : Faults.wrongIdentity(first.config(), id));
    }
    return refuse(NotifyType.AUTHENTICATION_FAILED, null, null);
  }

  private List<Payload> refuse(int type, @Nullable PeerSession peer, @Nullable Failure failure) {
    if (peer != null && failure != null) {
      peer.failed(failure);
    }
    context.drop(Drop.NOT_AUTHENTICATED);
    sa.end(Reasons.notAuthenticated(), true);
    return List.of(Payloads.notify(type));
  }

  /** He is who he says, and may come back later: no word of what is wrong with his key. */
  private List<Payload> tooMany() {
    context.drop(Drop.TOO_MANY_SAS);
    sa.end(Reasons.tooMany(), true);
    return List.of(Payloads.notify(NotifyType.TEMPORARY_FAILURE));
  }

  private List<Payload> accept(
      PeerSession peer, Proof proof, List<Payload> payloads, boolean afresh) {
    sa.establish(peer);
    if (afresh) {
      peer.initialContact(sa);
    }
    IkePeer config = peer.config();
    List<Payload> answer = new ArrayList<>();
    answer.add(new Payload.Identification(false, config.localId()));
    answer.addAll(Proof.certificates(config));
    answer.add(proof.ours(config));
    answer.addAll(firstChild(peer, payloads));
    return answer;
  }

  /**
   * Without a CHILD SA the IKE SA stands all the same (RFC 7296 section 1.2); it is the initiator's
   * to delete, and ours when it stays childless.
   */
  private List<Payload> firstChild(PeerSession peer, List<Payload> payloads) {
    IkePeer config = peer.config();
    var offer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var theirs = Payloads.selectors(payloads, true);
    var ours = Payloads.selectors(payloads, false);
    if (offer == null || theirs == null || ours == null) {
      return List.of(); // a childless IKE SA is asked for (RFC 6023)
    }
    int spi = context.newChildSpi(config.name());
    Negotiation.Choice<EspSuite> choice =
        Negotiation.chooseEsp(offer.proposals(), config.policy().esp(), spi, false);
    if (choice == null) {
      peer.failed(Faults.noEspProposal(config, offer.proposals()));
      return List.of(Payloads.notify(NotifyType.NO_PROPOSAL_CHOSEN));
    }
    List<TrafficSelector> remote =
        SelectorNarrowing.narrow(theirs.selectors(), config.remoteSelectors());
    List<TrafficSelector> local =
        SelectorNarrowing.narrow(ours.selectors(), config.localSelectors());
    if (remote.isEmpty() || local.isEmpty()) {
      peer.failed(Faults.selectorsDoNotFit(config, theirs.selectors(), ours.selectors()));
      return List.of(Payloads.notify(NotifyType.TS_UNACCEPTABLE));
    }
    ChildSa.Terms terms =
        new ChildSa.Terms(spi, Payloads.childSpi(choice.peerSpi()), choice.suite(), local, remote);
    Keying.install(
        context,
        sa,
        terms,
        false,
        peer.sendFrom(local, remote),
        null,
        handshake.ni(),
        handshake.nr());
    return List.of(
        new Payload.SecurityAssociation(List.of(choice.answer())),
        new Payload.TrafficSelectors(true, remote),
        new Payload.TrafficSelectors(false, local));
  }
}
