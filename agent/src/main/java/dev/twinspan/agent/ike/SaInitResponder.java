package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import dev.twinspan.agent.ike.crypto.SignatureAuth;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.InitScan;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * IKE_SA_INIT as responder, and the table of half-open IKE SAs. Anybody may send these: what they
 * cost is bounded. Above a threshold a COOKIE must come back first, which proves the sender's
 * address; addresses of configured peers keep a share of their own.
 */
final class SaInitResponder {
  /** Who sent the first message: a retransmission comes from the same. */
  private record Key(InetSocketAddress remote, long initiatorSpi) {}

  /** Who may stand behind an address. */
  private record Candidates(List<PeerSession> peers, boolean known) {}

  private final IkeContext context;
  private final Cookies cookies;
  private final SourceRates peerRates;
  private final SourceRates strangerRates;
  private final Map<Key, HalfOpen> table = new LinkedHashMap<>();

  private record HalfOpen(IkeSa sa, byte[] request, byte[] response) {}

  SaInitResponder(IkeContext context) {
    this.context = context;
    this.cookies = new Cookies(context);
    this.peerRates = new SourceRates(context, 256, Timing.INITS_OF_PEER, Timing.INITS_OF_PEER);
    this.strangerRates =
        new SourceRates(context, 8_192, Timing.INITS_OF_STRANGER, 2 * Timing.INITS_OF_STRANGER);
  }

  /**
   * A request to begin. What it costs grows with what is known of the sender: a look into tables, a
   * hash for the cookie, decoding, and only then a key pair.
   */
  void receive(
      IkeHeader header,
      InetSocketAddress here,
      InetSocketAddress there,
      byte[] datagram,
      Collection<PeerSession> peers) {
    Key key = new Key(there, header.initiatorSpi());
    HalfOpen known = table.get(key);
    if (known != null && Arrays.equals(known.request(), datagram)) {
      known.sa().channel().sawAgain(header);
      known.sa().channel().toldAgain(header.exchange(), true, 0);
      context.emit(new IkeAction.Send(here, there, known.response()));
      return;
    }
    Candidates candidates = candidates(peers, here, there.getAddress());
    if (candidates.peers().isEmpty()) {
      return; // counted by candidates()
    }
    SourceRates rates = candidates.known() ? peerRates : strangerRates;
    if (!rates.take(context.now(), there.getAddress())) {
      context.drop(Drop.RATE_LIMITED);
      return;
    }
    if (isBusy(there.getAddress()) && !hasCookie(header, here, there, datagram)) {
      return;
    }
    switch (IkeCodec.decode(datagram)) {
      case DecodeResult.Failed<IkeMessage> _ -> context.drop(Drop.MALFORMED);
      case DecodeResult.Decoded<IkeMessage>(IkeMessage message) ->
          decoded(key, message, here, datagram, candidates);
    }
  }

  private void decoded(
      Key key, IkeMessage request, InetSocketAddress here, byte[] datagram, Candidates candidates) {
    List<Payload> payloads = request.payloads();
    var offer = Payloads.first(payloads, Payload.SecurityAssociation.class);
    var share = Payloads.first(payloads, Payload.KeyExchange.class);
    var ni = Payloads.first(payloads, Payload.Nonce.class);
    if (offer == null || share == null || ni == null) {
      context.drop(Drop.MALFORMED);
      return;
    }
    if (admit(key.remote().getAddress(), candidates.known())) {
      negotiate(key, request, here, datagram, candidates, offer, share, ni.data());
    }
  }

  private static boolean isOver(HalfOpen entry) {
    return switch (entry.sa().phase()) {
      case HALF_OPEN -> false;
      case GONE -> entry.sa().isForgotten(); // refused: counts until it is forgotten
      default -> true;
    };
  }

  // --- who --------------------------------------------------------------------------------------

  private Candidates candidates(
      Collection<PeerSession> peers, InetSocketAddress here, InetAddress there) {
    List<PeerSession> responding = new ArrayList<>();
    List<PeerSession> atAddress = new ArrayList<>();
    for (PeerSession peer : peers) {
      IkePeer config = peer.config();
      boolean sameAddress = config.remote().equals(there);
      if (sameAddress && (config.local() == null || config.local().equals(here.getAddress()))) {
        atAddress.add(peer);
      }
      if (peer.answers()) {
        responding.add(peer);
      }
    }
    if (atAddress.isEmpty()) {
      if (responding.isEmpty()) {
        context.drop(Drop.UNKNOWN_PEER);
      }
      return new Candidates(responding, false);
    }
    atAddress.retainAll(responding);
    if (atAddress.isEmpty()) {
      context.drop(Drop.PEER_NOT_TO_OPEN);
    }
    return new Candidates(atAddress, true);
  }

  // --- whether ----------------------------------------------------------------------------------

  /** Whether a COOKIE has to come back first: RFC 7296 section 2.6. */
  private boolean isBusy(InetAddress there) {
    return table.size() >= Timing.COOKIE_THRESHOLD
        || ofAddress(there).size() >= Timing.COOKIE_THRESHOLD_PER_ADDRESS;
  }

  private List<HalfOpen> ofAddress(InetAddress there) {
    List<HalfOpen> found = new ArrayList<>();
    table.forEach(
        (key, halfOpen) -> {
          if (key.remote().getAddress().equals(there)) {
            found.add(halfOpen);
          }
        });
    return found;
  }

  /** Limits of the table; the oldest handshake of an address makes room for its next. */
  private boolean admit(InetAddress there, boolean known) {
    purge();
    List<HalfOpen> ofAddress = ofAddress(there);
    if (ofAddress.size() >= Timing.HALF_OPEN_LIMIT_PER_ADDRESS) {
      ofAddress.getFirst().sa().discard();
      context.drop(Drop.HALF_OPEN_REPLACED);
      purge();
    } else if (!known && table.size() >= Timing.HALF_OPEN_LIMIT) {
      context.drop(Drop.HALF_OPEN_LIMIT);
      return false;
    }
    return true;
  }

  private boolean hasCookie(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    InitScan scan = InitScan.of(datagram);
    if (scan == null) {
      context.drop(Drop.MALFORMED);
      return false;
    }
    long spi = header.initiatorSpi();
    byte[] cookie = scan.cookie();
    if (cookie != null && cookies.isValid(cookie, there, spi, scan.nonce())) {
      return true;
    }
    context.drop(cookie == null ? Drop.COOKIE_DEMANDED : Drop.COOKIE_WRONG);
    byte[] demanded = cookies.demand(there, spi, scan.nonce());
    reply(header, 0, here, there, List.of(Payloads.notify(NotifyType.COOKIE, demanded)));
    return false;
  }

  // --- what -------------------------------------------------------------------------------------

  private void negotiate(
      Key key,
      IkeMessage request,
      InetSocketAddress here,
      byte[] datagram,
      Candidates candidates,
      Payload.SecurityAssociation offer,
      Payload.KeyExchange share,
      byte[] ni) {
    var choice = Negotiation.chooseIke(offer.proposals(), suites(candidates.peers()), new byte[0]);
    if (choice == null) {
      if (candidates.known()) {
        candidates
            .peers()
            .forEach(p -> p.failed(Faults.noIkeProposal(p.config(), offer.proposals())));
      }
      Payload refusal = Payloads.notify(NotifyType.NO_PROPOSAL_CHOSEN);
      reply(request.header(), 0, here, key.remote(), List.of(refusal));
      return;
    }
    IkeSuite suite = choice.suite();
    if (share.group() != suite.group().id()) {
      Payload other = Payloads.invalidKe(suite.group().id());
      reply(request.header(), 0, here, key.remote(), List.of(other));
      return;
    }
    if (share.data().length != suite.group().shareLength()) {
      context.drop(Drop.MALFORMED);
      return;
    }
    List<PeerSession> able =
        candidates.peers().stream().filter(p -> p.config().policy().ike().contains(suite)).toList();
    long responderSpi = context.newIkeSpi();
    byte[] nr = context.newNonce();
    KeyPair keyPair = context.crypto().keyPair(suite.group());
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.SecurityAssociation(List.of(choice.answer())));
    payloads.add(new Payload.KeyExchange(suite.group().id(), keyPair.share()));
    payloads.add(new Payload.Nonce(nr));
    boolean force = able.stream().anyMatch(p -> p.config().forceEncapsulation());
    NatDetection.Result nat =
        NatDetection.evaluate(
            context.crypto(), request.payloads(), key.initiatorSpi(), 0, here, key.remote());
    if (nat.supported()) {
      payloads.addAll(
          NatDetection.notifications(
              context.crypto(), key.initiatorSpi(), responderSpi, here, key.remote(), force));
    }
    int fragmentSize = fragmentSize(able, request);
    if (fragmentSize > 0) {
      payloads.add(Payloads.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    }
    List<Payload> authorities =
        Proof.certificateRequest(context, able.stream().map(PeerSession::config).toList());
    if (!authorities.isEmpty()) {
      payloads.addAll(authorities);
      payloads.add(
          Payloads.notify(NotifyType.SIGNATURE_HASH_ALGORITHMS, SignatureAuth.hashAlgorithms()));
    }
    byte[] response = reply(request.header(), responderSpi, here, key.remote(), payloads);

    Channel channel = new Channel(context, false, key.initiatorSpi(), responderSpi);
    channel.skipFirstRequest();
    channel.saw(request);
    channel.told(answer(request.header(), responderSpi, payloads));
    if (fragmentSize > 0) {
      channel.fragmentation().negotiated(fragmentSize, key.remote().getAddress());
    }
    IkePath path = new IkePath(here, key.remote());
    path.detected(nat, force);
    IkeSa sa = new IkeSa(context, IkeSa.Phase.HALF_OPEN, channel, path);
    sa.opening(
        new AuthResponder(
            context,
            sa,
            able,
            candidates.known(),
            suite,
            keyPair,
            share.data(),
            new Handshake(
                datagram, response, ni, nr, Payloads.signatureHashes(request.payloads()))),
        Timing.HALF_OPEN_LIFETIME);
    HalfOpen before = table.put(key, new HalfOpen(sa, datagram, response));
    if (before != null) {
      before.sa().discard();
    }
  }

  /** RFC 7383 section 2.3; 0: not asked for, or switched off for one that it may be. */
  private static int fragmentSize(List<PeerSession> able, IkeMessage request) {
    boolean asked =
        Payloads.notification(request.payloads(), NotifyType.IKEV2_FRAGMENTATION_SUPPORTED) != null;
    return asked ? able.stream().mapToInt(p -> p.config().fragmentSize()).min().orElse(0) : 0;
  }

  private static List<IkeSuite> suites(List<PeerSession> peers) {
    LinkedHashSet<IkeSuite> suites = new LinkedHashSet<>();
    peers.forEach(peer -> suites.addAll(peer.config().policy().ike()));
    return List.copyOf(suites);
  }

  private byte[] reply(
      IkeHeader request,
      long responderSpi,
      InetSocketAddress here,
      InetSocketAddress there,
      List<Payload> payloads) {
    byte[] datagram = IkeCodec.encode(answer(request, responderSpi, payloads));
    context.emit(new IkeAction.Send(here, there, datagram));
    return datagram;
  }

  private static IkeMessage answer(IkeHeader request, long responderSpi, List<Payload> payloads) {
    IkeHeader header =
        new IkeHeader(
            request.initiatorSpi(), responderSpi, ExchangeType.IKE_SA_INIT, true, false, 0);
    return new IkeMessage(header, payloads);
  }

  /** Forgets what came to an end: called with the time, so that nothing is held by a quiet box. */
  void purge() {
    table.values().removeIf(SaInitResponder::isOver);
  }

  /** How many handshakes of strangers and peers are under way. */
  int size() {
    return table.size();
  }
}
