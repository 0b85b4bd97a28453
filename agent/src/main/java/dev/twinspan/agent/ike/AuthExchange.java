package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.cert.Names;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * IKE_AUTH as initiator with a pre-shared key or a certificate, RFC 7296 sections 1.2 and 2.15:
 *
 * <pre>
 *   HDR, SK {IDi, [CERT+], [N(INITIAL_CONTACT)], [CERTREQ], [IDr], AUTH, SAi2, TSi, TSr}  --&gt;
 *                              &lt;--  HDR, SK {IDr, [CERT+], AUTH, SAr2, TSi, TSr}
 * </pre>
 *
 * An IKE SA whose CHILD SA is refused is deleted again: it would carry nothing, and a fresh attempt
 * later is the one way back there is for every other failure too.
 */
final class AuthExchange implements Exchange {
  private final IkeContext context;
  private final IkeSa sa;
  private final Handshake handshake;
  private final Proof proof;
  private final int childSpi;

  /** Of a policy-based peer the pair that comes up first; null: all selectors at once. */
  private final IkePeer.@Nullable Pair pair;

  private final int pairIndex;

  AuthExchange(IkeContext context, IkeSa sa, Handshake handshake) {
    this.context = context;
    this.sa = sa;
    this.handshake = handshake;
    this.proof = new Proof(context, sa, handshake);
    this.childSpi = context.newChildSpi(sa.peer().config().name());
    PairBook pairs = sa.peer().pairs();
    this.pairIndex = pairs.opening();
    this.pair = pairs.isEmpty() ? null : pairs.get(pairIndex);
  }

  @Override
  public ExchangeType type() {
    return ExchangeType.IKE_AUTH;
  }

  @Override
  public long patience() {
    return Timing.HANDSHAKE_PATIENCE;
  }

  /** As it is now: a reload brings fresh credentials and destroys those before. */
  private IkePeer config() {
    return sa.peer().config();
  }

  @Override
  public int proposedSpi() {
    return childSpi;
  }

  @Override
  public List<Payload> request() {
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.Identification(true, config().localId()));
    payloads.addAll(Proof.certificates(config()));
    if (sa.peer().isOnlyContact(sa)) {
      payloads.add(Payloads.notify(NotifyType.INITIAL_CONTACT));
    }
    payloads.addAll(Proof.certificateRequest(context, List.of(config())));
    if (sa.peer().identityProbe().namesResponder()) {
      payloads.add(new Payload.Identification(false, config().remoteId()));
    }
    payloads.add(proof.ours(config()));
    payloads.add(
        new Payload.SecurityAssociation(
            Negotiation.offerEsp(config().policy().esp(), childSpi, false)));
    payloads.add(
        new Payload.TrafficSelectors(
            true, pair == null ? config().localSelectors() : List.of(pair.local())));
    payloads.add(
        new Payload.TrafficSelectors(
            false, pair == null ? config().remoteSelectors() : List.of(pair.remote())));
    return payloads;
  }

  @Override
  public void response(IkeMessage response, byte[] datagram) {
    List<Payload> payloads = response.payloads();
    var id = Payloads.identification(payloads, false);
    var auth = Payloads.first(payloads, Payload.Authentication.class);
    Payload.Notify error = Payloads.error(payloads);
    if (auth == null || id == null) {
      refused(error);
    } else if (!Names.same(id.id(), config().remoteId())) {
      Failure failure = Faults.wrongIdentity(config(), id.id());
      sa.peer().identityProbe().found(failure);
      reject(failure);
    } else {
      Failure fault = proof.fault(config(), id.id(), auth, payloads, "answer");
      if (fault != null) {
        reject(fault);
      } else {
        authenticated(payloads, error);
      }
    }
  }

  /** The peer would not have us: nothing but a notification came back. */
  private void refused(Payload.@Nullable Notify error) {
    sa.peer().attemptFailed(sa, failure(error));
  }

  private Failure failure(Payload.@Nullable Notify error) {
    if (error == null) {
      return Faults.incompleteAnswer(config());
    }
    if (error.type() == NotifyType.AUTHENTICATION_FAILED) {
      return sa.peer().identityProbe().refused(config());
    }
    if (error.type() == NotifyType.NO_PROPOSAL_CHOSEN) {
      return Faults.espProposalRefused(config());
    }
    if (error.type() == NotifyType.TS_UNACCEPTABLE) {
      return Faults.selectorsRefused(config());
    }
    return Faults.refused(config(), "IKE_AUTH", error);
  }

  /**
   * The peer takes the IKE SA for established, we do not: it is told why (RFC 7296 section 2.21.2)
   * and to forget it.
   */
  private void reject(Failure failure) {
    List<Payload> words =
        List.of(
            Payloads.notify(NotifyType.AUTHENTICATION_FAILED),
            new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()));
    sa.sendOnce(words);
    sa.peer().attemptFailed(sa, failure);
  }

  private void authenticated(List<Payload> payloads, Payload.@Nullable Notify error) {
    sa.peer().identityProbe().accepted();
    sa.establish(sa.peer());
    if (Payloads.notification(payloads, NotifyType.INITIAL_CONTACT) != null) {
      sa.peer().initialContact(sa);
    }
    if (pair != null && error != null) {
      sa.peer().pairs().refused(sa, pairIndex, error.type()); // the others are asked for next
      return;
    }
    Failure failure = error != null ? failure(error) : installChild(payloads);
    if (failure != null) {
      sa.peer().failed(failure);
      sa.close(failure.reason());
    }
  }

  /** Null: it stands. */
  private @Nullable Failure installChild(List<Payload> payloads) {
    var answer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var ours = Payloads.selectors(payloads, true);
    var theirs = Payloads.selectors(payloads, false);
    if (answer == null || ours == null || theirs == null) {
      return Faults.incompleteAnswer(config());
    }
    var choice = Negotiation.acceptedEsp(answer.proposals(), config().policy().esp(), false);
    if (choice == null) {
      return Faults.espAnswerNotOffered(config(), answer.proposals());
    }
    PairSelectors.Agreed agreed = agreed(ours.selectors(), theirs.selectors());
    if (agreed == null) {
      return Faults.selectorsNotOffered(config(), ours.selectors(), theirs.selectors());
    }
    ChildSa.Terms terms =
        new ChildSa.Terms(
            childSpi,
            Payloads.childSpi(choice.peerSpi()),
            choice.suite(),
            agreed.local(),
            agreed.remote());
    Keying.install(context, sa, terms, true, context.now(), null, handshake.ni(), handshake.nr());
    return null;
  }

  private PairSelectors.@Nullable Agreed agreed(
      List<TrafficSelector> local, List<TrafficSelector> remote) {
    if (pair != null) {
      return PairSelectors.agreed(config(), pair, local, remote);
    }
    boolean offered =
        !local.isEmpty()
            && !remote.isEmpty()
            && SelectorNarrowing.covers(config().localSelectors(), local)
            && SelectorNarrowing.covers(config().remoteSelectors(), remote);
    return offered ? new PairSelectors.Agreed(local, remote) : null;
  }

  @Override
  public void malformed(DecodeError error) {
    sa.peer().attemptFailed(sa, new Failure(Reasons.brokenMessage(error), Weight.HINT));
  }

  @Override
  public void unanswered() {
    sa.peer().attemptFailed(sa, Faults.noAnswer(config(), sa.path().remote()));
  }
}
