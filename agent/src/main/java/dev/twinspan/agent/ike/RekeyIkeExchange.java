package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.util.List;

/**
 * Replaces the IKE SA: RFC 7296 sections 1.3.2 and 2.18.
 *
 * <pre>
 *   HDR, SK {SA, Ni, KEi}  --&gt;
 *                          &lt;--  HDR, SK {SA, Nr, KEr}
 * </pre>
 *
 * All CHILD SAs move to the new one, then the old one is deleted.
 */
final class RekeyIkeExchange implements Exchange {
  private final IkeContext context;
  private final IkeSa sa;
  private final IkePeer config;
  private final List<IkeSuite> offer;
  private final long newSpi;
  private final byte[] nonce;
  private KeyPair keyPair;
  private boolean groupCorrected;

  RekeyIkeExchange(IkeContext context, IkeSa sa) {
    this.context = context;
    this.sa = sa;
    this.config = sa.peer().config();
    this.offer = Negotiation.startingWith(sa.suite(), config.policy().ike());
    this.newSpi = context.newIkeSpi();
    this.nonce = context.newNonce();
    this.keyPair = context.crypto().keyPair(offer.getFirst().group());
  }

  @Override
  public ExchangeType type() {
    return ExchangeType.CREATE_CHILD_SA;
  }

  @Override
  public long patience() {
    return Lifetimes.nanos(config.livenessTimeout());
  }

  @Override
  public List<Payload> request() {
    return List.of(
        new Payload.SecurityAssociation(Negotiation.offerIke(offer, Payloads.spi(newSpi))),
        new Payload.Nonce(nonce),
        new Payload.KeyExchange(keyPair.group().id(), keyPair.share()));
  }

  @Override
  public void response(IkeMessage response, byte[] datagram) {
    List<Payload> payloads = response.payloads();
    Payload.Notify otherGroup = Payloads.notification(payloads, NotifyType.INVALID_KE_PAYLOAD);
    Payload.Notify error = Payloads.error(payloads);
    if (otherGroup != null && withGroup(Payloads.wantedGroup(otherGroup))) {
      return;
    }
    if (error != null) {
      refused(error.type());
    } else {
      accept(payloads);
    }
  }

  private boolean withGroup(int id) {
    DhGroup wanted = SuiteNames.group(id, offer.stream().map(IkeSuite::group).toList());
    if (wanted == null || groupCorrected || !sa.isEstablished() || sa.rival() != null) {
      return false;
    }
    groupCorrected = true;
    keyPair = context.crypto().keyPair(wanted);
    sa.begin(this);
    return true;
  }

  /** The old one stands, unless the peer has replaced it meanwhile. */
  private void refused(int notifyType) {
    IkeSa rival = sa.rival();
    if (!sa.isEstablished()) {
      return;
    }
    if (rival != null && rival.isEstablished()) {
      sa.handOver(rival);
      return;
    }
    boolean temporary = notifyType == NotifyType.TEMPORARY_FAILURE;
    long wait = temporary ? Timing.TEMPORARY_FAILURE_WAIT : Timing.REKEY_REFUSED_WAIT;
    sa.agenda().rekeyAt(context.in(wait + context.jitter(wait)));
    if (!temporary) {
      sa.peer().standing().event(Reasons.rekeyRefused("IKE SA", NotifyType.name(notifyType)));
    }
  }

  private void accept(List<Payload> payloads) {
    var answer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var nr = Payloads.first(payloads, Payload.Nonce.class);
    var share = Payloads.first(payloads, Payload.KeyExchange.class);
    if (answer == null || nr == null || share == null) {
      sa.close(Reasons.unusableAnswer("a payload missing"));
      return;
    }
    var choice = Negotiation.acceptedIke(answer.proposals(), offer, 8);
    if (choice == null
        || choice.suite().group() != keyPair.group()
        || share.group() != keyPair.group().id()) {
      sa.close(Reasons.unusableAnswer("a proposal that we did not offer"));
      return;
    }
    byte[] secret = Keying.agree(context, keyPair, share.data());
    if (secret == null) {
      sa.close(Reasons.unusableAnswer("an unusable key exchange"));
      return;
    }
    IkeSa fresh =
        IkeRekeying.successor(
            context,
            sa,
            new IkeRekeying.Terms(
                true, newSpi, Payloads.ikeSpi(choice.peerSpi()), choice.suite(), nonce, nr.data()),
            secret);
    settle(fresh);
  }

  private void settle(IkeSa fresh) {
    if (!sa.isEstablished()) {
      fresh.close(Reasons.replaced()); // the old one is on its way out, and takes this along
      return;
    }
    IkeSa rival = sa.rival();
    if (rival != null
        && rival.isEstablished()
        && context.collisions().weYield(fresh.lowestNonce(), rival.lowestNonce())) {
      sa.handOver(rival); // the peer deletes the old one
      fresh.close(Reasons.rekeyCollision());
      return;
    }
    sa.handOver(fresh);
    if (rival != null) {
      rival.yielded();
    }
    sa.close(Reasons.replaced());
  }

  @Override
  public void malformed(DecodeError error) {
    sa.end(Reasons.brokenMessage(error), false);
  }

  @Override
  public void unanswered() {
    sa.end(Reasons.livenessTimeout(config), false);
  }
}
