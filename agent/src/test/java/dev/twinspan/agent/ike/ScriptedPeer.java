package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.Auth;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.Peers;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An initiator that says exactly what a test wants said, message by message, to an engine: for what
 * no well-behaved peer does. Its own protocol code shares nothing with the engine but the codec and
 * the key derivation.
 */
final class ScriptedPeer {
  static final long SECOND = 1_000_000_000L;

  final IkeCrypto crypto;
  final IkeEngine engine;
  final IkeSuite suite = Peers.STRONG;
  final InetSocketAddress here = new InetSocketAddress(Ends.PEER, 500);
  final InetSocketAddress there = new InetSocketAddress(Ends.ENGINE, 500);
  final List<IkeAction> actions = new ArrayList<>();
  final byte[] ni;
  long initiatorSpi;
  final int childSpi = 0x0a0b0c0d;
  IkeCrypto.KeyPair keyPair;
  long now = SECOND;
  long responderSpi;
  byte[] initRequest = {};
  byte[] initResponse = {};
  byte[] nr = {};
  @Nullable IkeKeys keys;
  int engineChildSpi;
  int nextId = 1;
  boolean deaf;
  boolean initiator = true;
  private long iv;

  ScriptedPeer(IkePeer... configured) {
    this(new FastCrypto(78), configured);
  }

  ScriptedPeer(IkeCrypto ofEngine, IkePeer... configured) {
    this(new IkeEngine(ofEngine), 77);
    actions.addAll(engine.configure(now, List.of(configured)));
  }

  /** Somebody else who talks to the same engine. */
  ScriptedPeer(IkeEngine other) {
    this(other, 79);
  }

  /** One of several who talk to the same engine. */
  ScriptedPeer(IkeEngine engine, long seed) {
    this.engine = engine;
    this.crypto = new FastCrypto(seed);
    this.ni = crypto.random(32);
    this.initiatorSpi = ByteBuffer.wrap(crypto.random(8)).getLong();
    this.keyPair = crypto.keyPair(suite.group());
  }

  /** Addresses of the two ends. */
  static final class Ends {
    static final java.net.InetAddress PEER = dev.twinspan.agent.sim.World.address("198.51.100.9");
    static final java.net.InetAddress ENGINE = dev.twinspan.agent.sim.World.address("192.0.2.1");

    private Ends() {}
  }

  /** What the engine is told of this peer, who is the one to open. */
  static Peers.Builder config() {
    return Peers.of("peer", Ends.ENGINE, Ends.PEER).role(IkePeer.Role.RESPOND_ONLY).force(false);
  }

  // --- time and datagrams -----------------------------------------------------------------------

  /** Lets time pass, doing what falls due; liveness checks are answered, nothing else is. */
  List<IkeAction> pass(long nanos) {
    long end = now + nanos;
    List<IkeAction> done = new ArrayList<>();
    while (engine.nextDeadline() <= end) {
      now = Math.max(now, engine.nextDeadline());
      List<IkeAction> due = engine.tick(now);
      done.addAll(due);
      for (IkeMessage request : keys == null || deaf ? List.<IkeMessage>of() : requests(due)) {
        if (request.payloads().isEmpty()) {
          IkeHeader asked = request.header();
          done.addAll(
              engine.receive(
                  now, there, here, seal(asked.exchange(), true, asked.messageId(), List.of())));
        }
      }
    }
    now = end;
    actions.addAll(done);
    return done;
  }

  List<IkeAction> deliver(byte[] datagram) {
    return deliver(here, datagram);
  }

  List<IkeAction> deliver(InetSocketAddress from, byte[] datagram) {
    List<IkeAction> done = engine.receive(now, there, from, datagram);
    assertThat(done).noneMatch(IkeAction.Fault.class::isInstance);
    actions.addAll(done);
    return done;
  }

  static List<byte[]> sent(List<IkeAction> actions) {
    return actions.stream()
        .filter(IkeAction.Send.class::isInstance)
        .map(action -> ((IkeAction.Send) action).message())
        .toList();
  }

  // --- IKE_SA_INIT ------------------------------------------------------------------------------

  List<Payload> initPayloads() {
    return List.of(
        new Payload.SecurityAssociation(Negotiation.offerIke(List.of(suite), new byte[0])),
        new Payload.KeyExchange(suite.group().id(), keyPair.share()),
        new Payload.Nonce(ni));
  }

  byte[] initRequest(List<Payload> payloads) {
    IkeHeader header = new IkeHeader(initiatorSpi, 0, ExchangeType.IKE_SA_INIT, false, true, 0);
    return IkeCodec.encode(new IkeMessage(header, payloads));
  }

  /** Through IKE_SA_INIT, to keys. */
  ScriptedPeer init() {
    initRequest = initRequest(initPayloads());
    List<byte[]> answers = sent(deliver(initRequest));
    assertThat(answers).hasSize(1);
    return keyed(answers.getFirst());
  }

  ScriptedPeer keyed(byte[] answer) {
    initResponse = answer;
    IkeMessage message = decoded(IkeCodec.decode(answer));
    var share =
        Objects.requireNonNull(Payloads.first(message.payloads(), Payload.KeyExchange.class));
    nr = Objects.requireNonNull(Payloads.first(message.payloads(), Payload.Nonce.class)).data();
    responderSpi = message.header().responderSpi();
    try {
      byte[] secret = crypto.agree(keyPair, share.data());
      keys =
          KeyDerivation.ike(
              crypto, suite.prf(), suite.cipher(), secret, ni, nr, initiatorSpi, responderSpi);
    } catch (IkeCrypto.InvalidKeyShare e) {
      throw new AssertionError(e);
    }
    return this;
  }

  static IkeMessage decoded(DecodeResult<IkeMessage> result) {
    return switch (result) {
      case DecodeResult.Decoded<IkeMessage>(IkeMessage message) -> message;
      case DecodeResult.Failed<IkeMessage>(var error) -> throw new AssertionError(error.sentence());
    };
  }

  // --- IKE_AUTH ---------------------------------------------------------------------------------

  List<Payload> authPayloads(Payload... more) {
    return authPayloads(IkeId.of(Ends.PEER), "correct horse battery staple", more);
  }

  List<Payload> authPayloads(IkeId id, String secret, Payload... more) {
    byte[] octets = Auth.signedOctets(crypto, suite.prf(), initRequest, nr, id, keys().skPi());
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.Identification(true, id));
    payloads.add(
        new Payload.Authentication(
            Auth.SHARED_KEY,
            Auth.sharedKey(
                crypto,
                suite.prf(),
                secret.getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                octets)));
    payloads.addAll(List.of(more));
    payloads.add(
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), childSpi, false)));
    payloads.add(new Payload.TrafficSelectors(true, Peers.any()));
    payloads.add(new Payload.TrafficSelectors(false, Peers.any()));
    return payloads;
  }

  /** Both exchanges, to a CHILD SA. */
  ScriptedPeer establish() {
    init();
    List<Payload> answer = request(ExchangeType.IKE_AUTH, authPayloads());
    var sa = Objects.requireNonNull(Payloads.first(answer, Payload.SecurityAssociation.class));
    engineChildSpi = Payloads.childSpi(sa.proposals().getFirst().spi());
    return this;
  }

  // --- what follows -----------------------------------------------------------------------------

  IkeKeys keys() {
    return Objects.requireNonNull(keys);
  }

  byte[] seal(ExchangeType exchange, boolean response, int id, List<Payload> payloads) {
    IkeHeader header = new IkeHeader(initiatorSpi, responderSpi, exchange, response, initiator, id);
    byte[] counter = ByteBuffer.allocate(8).putLong(++iv).array();
    ProtectionKeys own = initiator ? keys().initiator() : keys().responder();
    return IkeCodec.seal(new IkeMessage(header, payloads), crypto, own, counter);
  }

  /** Of this one's IKE SA, and not of somebody's who talks to the same engine. */
  boolean isMine(byte[] datagram) {
    return ByteBuffer.wrap(datagram).getLong() == initiatorSpi;
  }

  IkeMessage open(byte[] datagram) {
    ProtectionKeys its = initiator ? keys().responder() : keys().initiator();
    return decoded(IkeCodec.open(datagram, crypto, its));
  }

  /** Sends the next request and opens the answer, which must be one. */
  List<Payload> request(ExchangeType exchange, List<Payload> payloads) {
    List<byte[]> answers = sent(deliver(seal(exchange, false, nextId++, payloads)));
    return answers.stream()
        .filter(this::isMine)
        .map(this::open)
        .filter(message -> message.header().response())
        .findFirst()
        .orElseThrow()
        .payloads();
  }

  List<IkeAction> answer(IkeMessage asked, List<Payload> payloads) {
    IkeHeader header = asked.header();
    return deliver(seal(header.exchange(), true, header.messageId(), payloads));
  }

  /** Accepts the CHILD SA the engine asks for. */
  List<Payload> childAnswer(IkeMessage asked, int spi) {
    var offer =
        Objects.requireNonNull(Payloads.first(asked.payloads(), Payload.SecurityAssociation.class));
    Proposal offered = offer.proposals().getFirst();
    return List.of(
        new Payload.SecurityAssociation(
            List.of(
                new Proposal(
                    offered.number(),
                    Proposal.PROTOCOL_ESP,
                    Payloads.spi(spi),
                    offered.transforms()))),
        new Payload.Nonce(crypto.random(32)),
        new Payload.TrafficSelectors(true, Peers.any()),
        new Payload.TrafficSelectors(false, Peers.any()));
  }

  /**
   * Lets the engine rekey the IKE SA, and goes on with the new one, now in the responder's role.
   */
  void rekeyedByEngine() {
    IkeMessage asked = requests(engine.rekey(now, "peer", true)).getFirst();
    var offer =
        Objects.requireNonNull(Payloads.first(asked.payloads(), Payload.SecurityAssociation.class));
    var share = Objects.requireNonNull(Payloads.first(asked.payloads(), Payload.KeyExchange.class));
    var nonce = Objects.requireNonNull(Payloads.first(asked.payloads(), Payload.Nonce.class));
    Proposal offered = offer.proposals().getFirst();
    byte[] ownNonce = crypto.random(32);
    long ownSpi = 0x7e7e7e7eL;
    List<IkeAction> after =
        answer(
            asked,
            List.of(
                new Payload.SecurityAssociation(
                    List.of(
                        new Proposal(
                            offered.number(),
                            Proposal.PROTOCOL_IKE,
                            Payloads.spi(ownSpi),
                            offered.transforms()))),
                new Payload.Nonce(ownNonce),
                new Payload.KeyExchange(suite.group().id(), keyPair.share())));
    answer(requests(after).getFirst(), List.of()); // its DELETE of the old one
    long newInitiatorSpi = Payloads.ikeSpi(offered.spi());
    try {
      byte[] secret = crypto.agree(keyPair, share.data());
      keys =
          KeyDerivation.rekeyedIke(
              crypto,
              suite.prf(),
              keys().skD(),
              suite.prf(),
              suite.cipher(),
              secret,
              nonce.data(),
              ownNonce,
              newInitiatorSpi,
              ownSpi);
    } catch (IkeCrypto.InvalidKeyShare e) {
      throw new AssertionError(e);
    }
    initiatorSpi = newInitiatorSpi;
    responderSpi = ownSpi;
    initiator = false;
    nextId = 0;
  }

  /** The engine's requests among what it sent. */
  List<IkeMessage> requests(List<IkeAction> from) {
    return sent(from).stream().map(this::open).filter(m -> !m.header().response()).toList();
  }

  IkeView view() {
    return engine.view().getFirst();
  }

  long drops(String reason) {
    return engine.drops().getOrDefault(reason, 0L);
  }
}
