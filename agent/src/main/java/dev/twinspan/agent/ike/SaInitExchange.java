package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCrypto.InvalidKeyShare;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import dev.twinspan.agent.ike.crypto.SignatureAuth;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * IKE_SA_INIT as initiator, RFC 7296 section 1.2:
 *
 * <pre>
 *   HDR, [N(COOKIE)], SAi1, KEi, Ni, N(NAT_DETECTION_*)  --&gt;
 *                                    &lt;--  HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*)
 * </pre>
 *
 * Nothing of the response is authenticated yet. A good one is taken; an error is believed only when
 * nothing better comes within {@link Timing#ERROR_GRACE}; requests for another try (COOKIE,
 * INVALID_KE_PAYLOAD) are followed a few times.
 */
final class SaInitExchange implements Exchange {
  private static final int COOKIE_LIMIT = 64; // RFC 7296 section 2.6

  private final IkeContext context;
  private final IkeSa sa;
  private final List<IkeSuite> offer;
  private final byte[] nonce;
  private KeyPair keyPair;
  private byte @Nullable [] cookie;
  private int restarts;
  private boolean hidesSource;
  private @Nullable Failure hint;

  SaInitExchange(IkeContext context, IkeSa sa) {
    this.context = context;
    this.sa = sa;
    this.offer = sa.peer().config().policy().ike();
    this.nonce = context.newNonce();
    this.keyPair = context.crypto().keyPair(offer.getFirst().group());
  }

  @Override
  public ExchangeType type() {
    return ExchangeType.IKE_SA_INIT;
  }

  @Override
  public long patience() {
    return Timing.HANDSHAKE_PATIENCE;
  }

  @Override
  public long longestInterval() {
    return sa.peer().isMissed() ? Timing.RECALL_INTERVAL : Timing.RETRANSMIT_CAP;
  }

  @Override
  public List<Payload> request() {
    hidesSource =
        sa.peer().config().forceEncapsulation()
            || sa.path().local().getAddress().isAnyLocalAddress();
    List<Payload> payloads = new ArrayList<>();
    if (cookie != null) {
      payloads.add(Payloads.notify(NotifyType.COOKIE, cookie));
    }
    payloads.add(new Payload.SecurityAssociation(Negotiation.offerIke(offer, new byte[0])));
    payloads.add(new Payload.KeyExchange(keyPair.group().id(), keyPair.share()));
    payloads.add(new Payload.Nonce(nonce));
    payloads.addAll(
        NatDetection.notifications(
            context.crypto(),
            sa.channel().initiatorSpi(),
            0,
            sa.path().local(),
            sa.path().remote(),
            hidesSource));
    if (sa.peer().config().fragmentSize() > 0) {
      payloads.add(Payloads.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    }
    if (sa.peer().config().credentials() instanceof Credentials.Certificates) {
      payloads.add(
          Payloads.notify(NotifyType.SIGNATURE_HASH_ALGORITHMS, SignatureAuth.hashAlgorithms()));
    }
    return payloads;
  }

  @Override
  public void response(IkeMessage response, byte[] datagram) {
    List<Payload> payloads = response.payloads();
    Payload.Notify demanded = Payloads.notification(payloads, NotifyType.COOKIE);
    Payload.Notify otherGroup = Payloads.notification(payloads, NotifyType.INVALID_KE_PAYLOAD);
    Payload.Notify error = Payloads.error(payloads);
    if (Payloads.first(payloads, Payload.SecurityAssociation.class) != null) {
      accept(response, datagram);
    } else if (demanded != null) {
      withCookie(demanded.data());
    } else if (otherGroup != null) {
      withGroup(Payloads.wantedGroup(otherGroup));
    } else if (error != null) {
      refused(error);
    } else {
      context.drop(Drop.UNUSABLE_RESPONSE);
    }
  }

  private void withCookie(byte[] data) {
    if (data.length == 0 || data.length > COOKIE_LIMIT || Arrays.equals(data, cookie)) {
      context.drop(Drop.UNUSABLE_RESPONSE);
      return;
    }
    cookie = data;
    restart();
  }

  private void withGroup(int id) {
    List<DhGroup> groups = offer.stream().map(IkeSuite::group).toList();
    DhGroup wanted = SuiteNames.group(id, groups);
    if (wanted == null) {
      settle(Faults.groupNotOffered(sa.peer().config(), id));
    } else if (wanted == keyPair.group()) {
      context.drop(Drop.UNUSABLE_RESPONSE);
    } else {
      keyPair = context.crypto().keyPair(wanted);
      restart();
    }
  }

  private void restart() {
    if (++restarts > Timing.INIT_RESTARTS) {
      settle(Faults.restartedTooOften(sa.peer().config()));
    } else {
      sa.beginAgain(this);
    }
  }

  private void refused(Payload.Notify error) {
    boolean noProposal = error.type() == NotifyType.NO_PROPOSAL_CHOSEN;
    settle(
        noProposal
            ? Faults.ikeProposalRefused(sa.peer().config())
            : Faults.refused(sa.peer().config(), "IKE_SA_INIT", error));
  }

  /** Keeps the error, and waits a little for somebody who can do better. */
  private void settle(Failure failure) {
    Outstanding outstanding = sa.channel().outstanding();
    if (outstanding != null && hint == null) {
      hint = failure;
      outstanding.settleFor(Timing.ERROR_GRACE);
    }
  }

  private void accept(IkeMessage response, byte[] datagram) {
    List<Payload> payloads = response.payloads();
    var answer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var share = Payloads.first(payloads, Payload.KeyExchange.class);
    var nr = Payloads.first(payloads, Payload.Nonce.class);
    Outstanding outstanding = sa.channel().outstanding();
    if (answer == null || share == null || nr == null || outstanding == null) {
      context.drop(Drop.UNUSABLE_RESPONSE);
      return;
    }
    var choice = Negotiation.acceptedIke(answer.proposals(), offer, 0);
    if (choice == null) {
      context.drop(Drop.UNUSABLE_RESPONSE);
      settle(Faults.answerNotOffered(sa.peer().config(), answer.proposals()));
      return;
    }
    if (choice.suite().group() != keyPair.group() || share.group() != keyPair.group().id()) {
      context.drop(Drop.UNUSABLE_RESPONSE); // the answer to a request before the last restart
      return;
    }
    long responderSpi = response.header().responderSpi();
    IkeKeys keys = derive(choice.suite(), share.data(), nr.data(), responderSpi);
    if (keys == null) {
      context.drop(Drop.UNUSABLE_RESPONSE);
      return;
    }
    sa.channel().responderSpi(responderSpi);
    sa.keyed(choice.suite(), keys);
    detectNat(payloads);
    int fragmentSize = sa.peer().config().fragmentSize();
    if (fragmentSize > 0
        && Payloads.notification(payloads, NotifyType.IKEV2_FRAGMENTATION_SUPPORTED) != null) {
      sa.channel().fragmentation().negotiated(fragmentSize, sa.path().remote().getAddress());
    }
    sa.channel().complete();
    byte[] sent = outstanding.datagrams().getFirst();
    Handshake handshake =
        new Handshake(sent, datagram, nonce, nr.data(), Payloads.signatureHashes(payloads));
    Failure impossible = new Proof(context, sa, handshake).impossible(sa.peer().config());
    if (impossible != null) {
      sa.peer().attemptFailed(sa, impossible);
      return;
    }
    sa.begin(new AuthExchange(context, sa, handshake));
  }

  private @Nullable IkeKeys derive(IkeSuite suite, byte[] share, byte[] nr, long responderSpi) {
    byte[] secret;
    try {
      secret = context.crypto().agree(keyPair, share);
    } catch (InvalidKeyShare _) {
      return null;
    }
    IkeKeys keys =
        KeyDerivation.ike(
            context.crypto(),
            suite.prf(),
            suite.cipher(),
            secret,
            nonce,
            nr,
            sa.channel().initiatorSpi(),
            responderSpi);
    Arrays.fill(secret, (byte) 0);
    return keys;
  }

  /** A NAT, found or faked, moves everything to port 4500 (RFC 7296 section 2.23). */
  private void detectNat(List<Payload> payloads) {
    NatDetection.Result nat =
        NatDetection.evaluate(
            context.crypto(),
            payloads,
            sa.channel().initiatorSpi(),
            sa.channel().responderSpi(),
            sa.path().local(),
            sa.path().remote());
    sa.path().detected(nat, hidesSource);
    sa.path().floatIfTranslated();
  }

  @Override
  public void malformed(DecodeError error) {
    context.drop(Drop.MALFORMED);
  }

  @Override
  public void unanswered() {
    InetSocketAddress remote = sa.path().remote();
    sa.peer().attemptFailed(sa, hint != null ? hint : Faults.noAnswer(sa.peer().config(), remote));
  }
}
