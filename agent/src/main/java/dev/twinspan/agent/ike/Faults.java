package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.cert.Names;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Why a handshake came to nothing: what was seen, what was expected, and the setting that decides.
 * What the peer keeps to itself is said to be unknown rather than guessed.
 */
final class Faults {
  private static final String NOT_TOLD = "not told: it only refuses";

  private Faults() {}

  // --- nobody there -----------------------------------------------------------------------------

  /**
   * @param remote port 500: nothing came back at all; port 4500: IKE_SA_INIT was answered
   */
  static Failure noAnswer(IkePeer peer, InetSocketAddress remote) {
    String address = Reasons.text(peer.remote());
    boolean floated = remote.getPort() == Ports.NAT_TRAVERSAL;
    String sentence =
        floated
            ? ("%s answers on UDP port 500 but not on UDP port 4500: let UDP 4500 pass on the way"
                + " and at the peer")
            : ("%s does not answer on UDP port 500: check the instance's address, that the gateway"
                + " is up, and that UDP 500 and 4500 pass");
    return new Failure(
        new IkeReason(
            "no-answer",
            sentence.formatted(who(peer)),
            details(
                "peer",
                address,
                "ports",
                floated ? "UDP 4500" : "UDP 500 and 4500",
                "setting",
                "instances.address")),
        Weight.SILENCE);
  }

  // --- authentication ---------------------------------------------------------------------------

  /** We checked the peer's AUTH ourselves, and everything else fits. */
  static Failure pskMismatch(IkePeer peer, String where) {
    return new Failure(
        new IkeReason(
            "psk-mismatch",
            "%s proves its identity %s with another pre-shared key than ours (in its %s): set psk to the same secret on both sides"
                .formatted(who(peer), peer.remoteId().text(), where),
            details("peer's identity", peer.remoteId().text(), "setting", "psk")),
        Weight.EVIDENCE);
  }

  /**
   * The peer answered AUTHENTICATION_FAILED.
   *
   * @param remoteIdDoubted whether the name we expect of the peer may be what it refuses
   */
  static Failure authenticationRefused(IkePeer peer, boolean remoteIdDoubted) {
    if (peer.credentials() instanceof Credentials.Certificates own) {
      return CertificateFaults.refused(peer, own);
    }
    return new Failure(
        new IkeReason(
            "psk-mismatch",
            "%s refuses our authentication (AUTHENTICATION_FAILED): its pre-shared key is not ours (psk), or it does not know us as %s (local-id)%s"
                .formatted(
                    who(peer),
                    peer.localId().text(),
                    remoteIdDoubted
                        ? ", or itself as " + peer.remoteId().text() + " (remote-id)"
                        : ""),
            details(
                "our identity (local-id)",
                peer.localId().text(),
                "peer's identity (remote-id)",
                peer.remoteId().text()
                    + (remoteIdDoubted ? "" : " (not the reason: refused without it too)"),
                "peer's answer",
                "AUTHENTICATION_FAILED",
                "setting",
                "psk")),
        Weight.HINT);
  }

  static Failure wrongIdentity(IkePeer peer, IkeId seen) {
    return new Failure(
        new IkeReason(
            "wrong-identity",
            "%s calls itself %s, expected %s: set remote-id to what it calls itself, or correct its own identity"
                .formatted(who(peer), Names.text(seen), Names.text(peer.remoteId())),
            details(
                "identity seen",
                Names.text(seen),
                "identity expected",
                Names.text(peer.remoteId()),
                "setting",
                "remote-id")),
        Weight.EVIDENCE);
  }

  /** The peer named us by an identity that is not ours (IDr). */
  static Failure wrongOwnIdentity(IkePeer peer, IkeId asked) {
    return new Failure(
        new IkeReason(
            "wrong-identity",
            "%s asks for %s, we are %s: set local-id to what it asks for, or correct the identity it expects of us"
                .formatted(who(peer), asked.text(), peer.localId().text()),
            details(
                "identity asked for",
                asked.text(),
                "our identity",
                peer.localId().text(),
                "setting",
                "local-id")),
        Weight.EVIDENCE);
  }

  static Failure wrongMethod(IkePeer peer, int method) {
    return new Failure(
        new IkeReason(
            "wrong-auth-method",
            "%s authenticates with method %d, expected a pre-shared key (method 2): choose PSK for this connection at the peer"
                .formatted(who(peer), method),
            details("method seen", "" + method, "method expected", "2", "setting", "psk")),
        Weight.EVIDENCE);
  }

  // --- proposals --------------------------------------------------------------------------------

  static Failure ikeProposalRefused(IkePeer peer) {
    return ikeProposals(
        peer,
        who(peer) + " accepts none of our IKE proposals (NO_PROPOSAL_CHOSEN)",
        NOT_TOLD,
        Weight.HINT);
  }

  /** As responder we have seen the offer. */
  static Failure noIkeProposal(IkePeer peer, List<Proposal> offered) {
    return ikeProposals(
        peer,
        who(peer) + " offers no IKE proposal that our policy accepts",
        SuiteNames.offered(offered, true),
        Weight.EVIDENCE);
  }

  static Failure groupNotOffered(IkePeer peer, int group) {
    String wanted = SuiteNames.group(group);
    return ikeProposals(
        peer,
        who(peer) + " wants dhGroup " + wanted + " (INVALID_KE_PAYLOAD)",
        "dhGroup " + wanted,
        Weight.HINT);
  }

  static Failure answerNotOffered(IkePeer peer, List<Proposal> answer) {
    return ikeProposals(
        peer,
        who(peer) + " chose an IKE proposal that we did not offer",
        SuiteNames.offered(answer, true),
        Weight.HINT);
  }

  private static Failure ikeProposals(IkePeer peer, String what, String theirs, Weight weight) {
    String ours = SuiteNames.ike(peer.policy().ike());
    return new Failure(
        new IkeReason(
            "no-proposal-chosen",
            "%s; policy %s has %s: compare ikeEncryption, ikeIntegrity and dhGroup on both sides"
                .formatted(what, peer.policy().name(), ours),
            details(
                "IKE, peer",
                theirs,
                "IKE, here (policy " + peer.policy().name() + ")",
                ours,
                "setting",
                "policy")),
        weight);
  }

  static Failure espProposalRefused(IkePeer peer) {
    return espProposals(
        peer,
        who(peer) + " accepts none of our ESP proposals (NO_PROPOSAL_CHOSEN)",
        NOT_TOLD,
        Weight.HINT);
  }

  static Failure noEspProposal(IkePeer peer, List<Proposal> offered) {
    return espProposals(
        peer,
        who(peer) + " offers no ESP proposal that our policy accepts",
        SuiteNames.offered(offered, false),
        Weight.EVIDENCE);
  }

  static Failure espAnswerNotOffered(IkePeer peer, List<Proposal> answer) {
    return espProposals(
        peer,
        who(peer) + " chose an ESP proposal that we did not offer",
        SuiteNames.offered(answer, false),
        Weight.EVIDENCE);
  }

  private static Failure espProposals(IkePeer peer, String what, String theirs, Weight weight) {
    String ours = SuiteNames.esp(peer.policy().esp(), false);
    return new Failure(
        new IkeReason(
            "no-proposal-chosen",
            "%s; policy %s has %s: compare ipsecEncryption, ipsecIntegrity and pfsGroup on both sides"
                .formatted(what, peer.policy().name(), ours),
            details(
                "ESP, peer",
                theirs,
                "ESP, here (policy " + peer.policy().name() + ")",
                ours,
                "setting",
                "policy")),
        weight);
  }

  // --- traffic selectors ------------------------------------------------------------------------

  static Failure selectorsRefused(IkePeer peer) {
    return selectors(
        peer,
        who(peer) + " accepts none of our traffic selectors (TS_UNACCEPTABLE)",
        NOT_TOLD,
        NOT_TOLD,
        Weight.HINT);
  }

  /** As responder we have seen the offer: the peer's side of it and ours. */
  static Failure selectorsDoNotFit(
      IkePeer peer, List<TrafficSelector> theirSide, List<TrafficSelector> ourSide) {
    return selectors(
        peer,
        who(peer) + " offers traffic selectors that have nothing in common with ours",
        SelectorNarrowing.words(ourSide),
        SelectorNarrowing.words(theirSide),
        Weight.EVIDENCE);
  }

  static Failure selectorsNotOffered(
      IkePeer peer, List<TrafficSelector> ourSide, List<TrafficSelector> theirSide) {
    return selectors(
        peer,
        who(peer) + " chose traffic selectors that we did not offer",
        SelectorNarrowing.words(ourSide),
        SelectorNarrowing.words(theirSide),
        Weight.EVIDENCE);
  }

  private static Failure selectors(
      IkePeer peer, String what, String localSeen, String remoteSeen, Weight weight) {
    String local = SelectorNarrowing.words(peer.localSelectors());
    String remote = SelectorNarrowing.words(peer.remoteSelectors());
    return new Failure(
        new IkeReason(
            "ts-unacceptable",
            "%s; here local %s, remote %s: make traffic-selectors mirror the peer's"
                .formatted(what, local, remote),
            details(
                "local, peer's offer",
                localSeen,
                "local, here",
                local,
                "remote, peer's offer",
                remoteSeen,
                "remote, here",
                remote,
                "setting",
                "traffic-selectors")),
        weight);
  }

  /** A CHILD SA that CREATE_CHILD_SA was to make. */
  static Failure childRefused(IkePeer peer, Payload.Notify error) {
    return switch (error.type()) {
      case NotifyType.NO_PROPOSAL_CHOSEN -> espProposalRefused(peer);
      case NotifyType.TS_UNACCEPTABLE -> selectorsRefused(peer);
      default -> refused(peer, "CREATE_CHILD_SA", error);
    };
  }

  // --- the rest ---------------------------------------------------------------------------------

  static Failure refused(IkePeer peer, String exchange, Payload.Notify error) {
    return new Failure(
        IkeReason.of(
            "refused",
            "%s answers our %s with %s"
                .formatted(who(peer), exchange, NotifyType.name(error.type()))),
        Weight.HINT);
  }

  static Failure incompleteAnswer(IkePeer peer) {
    return new Failure(
        IkeReason.of(
            "incomplete-answer",
            who(peer) + " answers IKE_AUTH without what RFC 7296 section 1.2 demands"),
        Weight.HINT);
  }

  static Failure restartedTooOften(IkePeer peer) {
    return new Failure(
        IkeReason.of(
            "refused",
            "%s asked %d times for another IKE_SA_INIT (COOKIE, INVALID_KE_PAYLOAD)"
                .formatted(who(peer), Timing.INIT_RESTARTS)),
        Weight.HINT);
  }

  /** As the operator calls it, and where it is: {@code hub-weu/in0 (203.0.113.10)}. */
  static String who(IkePeer peer) {
    return peer.name() + " (" + Reasons.text(peer.remote()) + ")";
  }

  /** In the order given; status shows them so. */
  static Map<String, String> details(String... labelsAndValues) {
    Map<String, String> details = new LinkedHashMap<>();
    for (int i = 0; i < labelsAndValues.length; i += 2) {
      details.put(labelsAndValues[i], labelsAndValues[i + 1]);
    }
    return Collections.unmodifiableMap(details);
  }
}
