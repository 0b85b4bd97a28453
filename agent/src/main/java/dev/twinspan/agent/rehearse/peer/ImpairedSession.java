package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.ike.crypto.Auth;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.rehearse.netns.BenchException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One handshake, and what follows it, of a peer that can say anything: it keeps to the protocol as
 * far as its caller wants, and no further. Built from our codec and key derivation; states, windows
 * and checks it has none.
 */
final class ImpairedSession {
  private static final int ENCR_AES_CBC = 12;
  private static final int ENCR_AES_GCM_16 = 20;
  private static final int PRF_HMAC_SHA2_384 = 6;
  private static final int AUTH_HMAC_SHA2_384_192 = 13;
  private static final int KEY_BITS = 256;
  private static final DhGroup GROUP = DhGroup.ECP384;
  private static final PrfAlgorithm PRF = PrfAlgorithm.HMAC_SHA2_384;

  final ImpairedPeer.Wire wire;
  final IkeCrypto crypto;
  private final IkeId ownId;
  private final byte[] secret;
  final long spi;
  final byte[] nonce;
  private final IkeCrypto.KeyPair keyPair;
  private byte[] initRequest = {};
  private byte[] responderNonce = {};
  private long responderSpi;
  private IkeCipher cipher = new IkeCipher(Encryption.AES_GCM_16, KEY_BITS, Integrity.NONE);
  private @Nullable IkeKeys keys;
  private long sealed;
  private boolean fragmenting;
  int nextId = 1;

  ImpairedSession(ImpairedPeer.Wire wire, IkeCrypto crypto, IkeId ownId, byte[] secret) {
    this.wire = wire;
    this.crypto = crypto;
    this.ownId = ownId;
    this.secret = secret.clone();
    this.spi = ByteBuffer.wrap(crypto.random(8)).getLong() | 1;
    this.nonce = crypto.random(32);
    this.keyPair = crypto.keyPair(GROUP);
  }

  // --- IKE_SA_INIT ------------------------------------------------------------------------------

  static Proposal proposal(int number, boolean gcm) {
    List<Transform> transforms = new ArrayList<>();
    transforms.add(new Transform(Transform.ENCR, gcm ? ENCR_AES_GCM_16 : ENCR_AES_CBC, KEY_BITS));
    transforms.add(new Transform(Transform.PRF, PRF_HMAC_SHA2_384, 0));
    if (!gcm) {
      transforms.add(new Transform(Transform.INTEG, AUTH_HMAC_SHA2_384_192, 0));
    }
    transforms.add(new Transform(Transform.DH, GROUP.id(), 0));
    return new Proposal(number, Proposal.PROTOCOL_IKE, new byte[0], transforms);
  }

  byte[] share() {
    return keyPair.share();
  }

  List<Payload> initPayloads(byte[] share) {
    List<Payload> payloads = new ArrayList<>();
    payloads.add(new Payload.SecurityAssociation(List.of(proposal(1, true), proposal(2, false))));
    payloads.add(new Payload.KeyExchange(GROUP.id(), share));
    payloads.add(new Payload.Nonce(nonce));
    if (fragmenting) {
      payloads.add(
          new Payload.Notify(
              0, new byte[0], NotifyType.IKEV2_FRAGMENTATION_SUPPORTED, new byte[0]));
    }
    return payloads;
  }

  /** It will say that it takes fragments. */
  void fragmenting() {
    fragmenting = true;
  }

  byte[] init(List<Payload> payloads) {
    return IkeCodec.encode(
        new IkeMessage(new IkeHeader(spi, 0, ExchangeType.IKE_SA_INIT, false, true, 0), payloads));
  }

  /** IKE_SA_INIT with these payloads, a COOKIE returned if asked for; null: no such answer. */
  @Nullable IkeMessage begin(List<Payload> payloads) {
    initRequest = init(payloads);
    wire.send(initRequest);
    IkeMessage answer = initAnswer();
    Payload cookie = answer == null ? null : cookie(answer);
    if (cookie != null) {
      List<Payload> again = new ArrayList<>(List.of(cookie));
      again.addAll(payloads);
      initRequest = init(again);
      wire.send(initRequest);
      answer = initAnswer();
    }
    return answer;
  }

  private static @Nullable Payload cookie(IkeMessage message) {
    return message.payloads().stream()
        .filter(p -> p instanceof Payload.Notify n && n.type() == NotifyType.COOKIE)
        .findFirst()
        .orElse(null);
  }

  /** What is still under way of earlier sessions is passed over. */
  private @Nullable IkeMessage initAnswer() {
    for (byte[] datagram = wire.receive(); datagram != null; datagram = wire.receive()) {
      if (IkeCodec.decode(datagram) instanceof DecodeResult.Decoded<IkeMessage>(IkeMessage message)
          && message.header().initiatorSpi() == spi) {
        return message;
      }
    }
    return null;
  }

  /** Through IKE_SA_INIT, to keys. */
  ImpairedSession open() {
    IkeMessage answer = begin(initPayloads(share()));
    byte[] share = null;
    for (Payload payload : answer == null ? List.<Payload>of() : answer.payloads()) {
      switch (payload) {
        case Payload.KeyExchange ke -> share = ke.data();
        case Payload.Nonce nr -> responderNonce = nr.data();
        case Payload.SecurityAssociation sa -> chosen(sa.proposals().getFirst());
        default -> {}
      }
    }
    if (answer == null || share == null) {
      throw new BenchException("IKE_SA_INIT was not answered as a peer's is: " + answer);
    }
    responderSpi = answer.header().responderSpi();
    try {
      keys =
          KeyDerivation.ike(
              crypto,
              PRF,
              cipher,
              crypto.agree(keyPair, share),
              nonce,
              responderNonce,
              spi,
              responderSpi);
    } catch (IkeCrypto.InvalidKeyShare e) {
      throw new BenchException("the key share of the answer cannot be used: " + e, e);
    }
    return this;
  }

  private void chosen(Proposal proposal) {
    boolean gcm =
        proposal.transforms().stream()
            .anyMatch(t -> t.type() == Transform.ENCR && t.id() == ENCR_AES_GCM_16);
    if (!gcm) {
      cipher = new IkeCipher(Encryption.AES_CBC, KEY_BITS, Integrity.HMAC_SHA2_384_192);
    }
  }

  // --- IKE_AUTH and after -----------------------------------------------------------------------

  List<Payload> authPayloads() {
    byte[] octets =
        Auth.signedOctets(crypto, PRF, initRequest, responderNonce, ownId, keys().skPi());
    return List.of(
        new Payload.Identification(true, ownId),
        new Payload.Authentication(Auth.SHARED_KEY, Auth.sharedKey(crypto, PRF, secret, octets)),
        new Payload.SecurityAssociation(List.of(esp(0x0a0b0c0d))),
        any(true),
        any(false));
  }

  static Proposal esp(int spi) {
    return new Proposal(
        1,
        Proposal.PROTOCOL_ESP,
        ByteBuffer.allocate(4).putInt(spi).array(),
        List.of(
            new Transform(Transform.ENCR, ENCR_AES_GCM_16, KEY_BITS),
            new Transform(Transform.ESN, 0, 0)));
  }

  static Payload any(boolean initiator) {
    try {
      InetAddress first = InetAddress.getByAddress(new byte[4]);
      InetAddress last = InetAddress.getByAddress(new byte[] {-1, -1, -1, -1});
      return new Payload.TrafficSelectors(
          initiator, List.of(new TrafficSelector(0, 0, 65_535, first, last)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 bytes are an address", e);
    }
  }

  /** As a well-behaved peer would, up to an established IKE SA. */
  ImpairedSession establish() {
    open();
    wire.send(seal(ExchangeType.IKE_AUTH, nextId++, authPayloads()));
    if (wire.receive() == null) {
      throw new BenchException("IKE_AUTH was not answered");
    }
    return this;
  }

  byte[] seal(ExchangeType exchange, int id, List<Payload> payloads) {
    IkeHeader header = new IkeHeader(spi, responderSpi, exchange, false, true, id);
    return IkeCodec.seal(new IkeMessage(header, payloads), crypto, keys().initiator(), iv());
  }

  private byte[] iv() {
    return switch (cipher.encryption()) {
      case AES_GCM_16 -> ByteBuffer.allocate(8).putLong(++sealed).array();
      case AES_CBC -> crypto.random(16);
    };
  }

  /** In as many fragments as it takes; the caller sends those it likes. */
  List<byte[]> fragments(ExchangeType exchange, int id, List<Payload> payloads, int room) {
    IkeHeader header = new IkeHeader(spi, responderSpi, exchange, false, true, id);
    return IkeCodec.sealWithin(
        room, new IkeMessage(header, payloads), crypto, keys().initiator(), this::iv);
  }

  private IkeKeys keys() {
    return Objects.requireNonNull(keys, "open() first");
  }
}
