package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * CREATE_CHILD_SA that makes a CHILD SA, as initiator: RFC 7296 sections 1.3.1 and 1.3.3.
 *
 * <pre>
 *   HDR, SK {[N(REKEY_SA)], SA, Ni, [KEi], TSi, TSr}  --&gt;
 *                             &lt;--  HDR, SK {SA, Nr, [KEr], TSi, TSr}
 * </pre>
 */
abstract sealed class ChildExchange implements Exchange
    permits CreateChildExchange, PairExchange, RekeyChildExchange {
  protected final IkeContext context;
  protected final IkeSa sa;
  protected final IkePeer config;
  private final List<EspSuite> offer;
  private final List<TrafficSelector> localSelectors;
  private final List<TrafficSelector> remoteSelectors;
  private final int childSpi;
  private final byte[] nonce;
  private @Nullable KeyPair keyPair;
  private boolean groupCorrected;

  /** What the peer deleted meanwhile and we never had: among it, perhaps, what it answers with. */
  private final Set<Integer> deletedByPeer = new HashSet<>();

  /**
   * @param first suite to offer first: its group is the one guessed
   */
  protected ChildExchange(
      IkeContext context,
      IkeSa sa,
      EspSuite first,
      List<TrafficSelector> localSelectors,
      List<TrafficSelector> remoteSelectors) {
    this.context = context;
    this.sa = sa;
    this.config = sa.peer().config();
    this.offer = Negotiation.startingWith(first, config.policy().esp());
    this.localSelectors = localSelectors;
    this.remoteSelectors = remoteSelectors;
    this.childSpi = context.newChildSpi(config.name());
    this.nonce = context.newNonce();
    DhGroup group = offer.getFirst().pfs();
    this.keyPair = group == null ? null : context.crypto().keyPair(group);
  }

  /** The notification that says what this CHILD SA is for, if any. */
  protected abstract List<Payload> purpose();

  /** Whether the answer still matters: much may have happened since the request. */
  protected abstract boolean isStillWanted();

  /**
   * @param lowestNonce of this exchange
   */
  protected abstract long sendFrom(byte[] lowestNonce);

  protected abstract void made(ChildSa child);

  /** The peer's answer is an error. */
  protected abstract void refused(int notifyType);

  @Override
  public ExchangeType type() {
    return ExchangeType.CREATE_CHILD_SA;
  }

  @Override
  public long patience() {
    return Lifetimes.nanos(config.livenessTimeout());
  }

  @Override
  public int proposedSpi() {
    return childSpi;
  }

  @Override
  public List<Payload> request() {
    List<Payload> payloads = new ArrayList<>(purpose());
    payloads.add(new Payload.SecurityAssociation(Negotiation.offerEsp(offer, childSpi, true)));
    payloads.add(new Payload.Nonce(nonce));
    if (keyPair != null) {
      payloads.add(new Payload.KeyExchange(keyPair.group().id(), keyPair.share()));
    }
    payloads.add(new Payload.TrafficSelectors(true, localSelectors));
    payloads.add(new Payload.TrafficSelectors(false, remoteSelectors));
    return payloads;
  }

  /** The peer deletes a CHILD SA that we do not know while its answer is still on its way. */
  void deletedByPeer(int spi) {
    if (deletedByPeer.size() < Timing.CHILDREN_PER_SA) {
      deletedByPeer.add(spi);
    }
  }

  @Override
  public void response(IkeMessage response, byte[] datagram) {
    if (!sa.isEstablished()) {
      return; // it goes, and the new CHILD SA with it
    }
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

  /** RFC 7296 section 1.3: once more with the group the peer wants, if we offer it. */
  private boolean withGroup(int id) {
    List<DhGroup> groups =
        offer.stream().map(EspSuite::pfs).filter(Objects::nonNull).map(g -> (DhGroup) g).toList();
    DhGroup wanted = SuiteNames.group(id, groups);
    if (wanted == null || groupCorrected || !isStillWanted()) {
      return false;
    }
    groupCorrected = true;
    keyPair = context.crypto().keyPair(wanted);
    sa.begin(this);
    return true;
  }

  private void accept(List<Payload> payloads) {
    var answer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var nr = Payloads.first(payloads, Payload.Nonce.class);
    var share = Payloads.first(payloads, Payload.KeyExchange.class);
    var ours = Payloads.selectors(payloads, true);
    var theirs = Payloads.selectors(payloads, false);
    if (answer == null || nr == null || ours == null || theirs == null) {
      broken("a payload is missing");
      return;
    }
    var choice = Negotiation.acceptedEsp(answer.proposals(), offer, true);
    if (choice == null) {
      broken("a proposal that we did not offer");
      return;
    }
    byte[] secret = agree(choice.suite(), share);
    if (choice.suite().pfs() != null && secret == null) {
      broken("an unusable key exchange");
      return;
    }
    PairSelectors.Agreed agreed = agreed(ours.selectors(), theirs.selectors());
    if (agreed == null) {
      broken("traffic selectors that we did not offer");
      return;
    }
    if (deletedByPeer.contains(Payloads.childSpi(choice.peerSpi()))) {
      refused(NotifyType.TEMPORARY_FAILURE);
      return;
    }
    ChildSa.Terms terms =
        new ChildSa.Terms(
            childSpi,
            Payloads.childSpi(choice.peerSpi()),
            choice.suite(),
            agreed.local(),
            agreed.remote());
    byte[] lowest = RekeyCollision.lowest(nonce, nr.data());
    made(Keying.install(context, sa, terms, true, sendFrom(lowest), secret, nonce, nr.data()));
  }

  /** The peer has a CHILD SA that we cannot have: the two do not agree on anything any more. */
  private void broken(String what) {
    sa.close(Reasons.unusableAnswer(what));
  }

  /** What is taken of the selectors answered, ours and theirs; null: they were not offered. */
  protected PairSelectors.@Nullable Agreed agreed(
      List<TrafficSelector> local, List<TrafficSelector> remote) {
    return fits(local, localSelectors) && fits(remote, remoteSelectors)
        ? new PairSelectors.Agreed(local, remote)
        : null;
  }

  private static boolean fits(List<TrafficSelector> answer, List<TrafficSelector> offered) {
    return !answer.isEmpty() && SelectorNarrowing.covers(offered, answer);
  }

  private byte @Nullable [] agree(EspSuite suite, Payload.@Nullable KeyExchange share) {
    KeyPair own = keyPair;
    if (suite.pfs() == null
        || own == null
        || share == null
        || share.group() != suite.pfs().id()
        || own.group() != suite.pfs()) {
      return null;
    }
    return Keying.agree(context, own, share.data());
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
