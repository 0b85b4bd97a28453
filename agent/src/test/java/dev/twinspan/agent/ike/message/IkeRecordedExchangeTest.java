package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.Auth;
import dev.twinspan.agent.ike.crypto.ChildKeys;
import dev.twinspan.agent.ike.crypto.Hex;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.crypto.KeyDerivation;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What two strongSwans said to each other and derived, followed message by message with our codec,
 * key derivation and AUTH: IKE_SA_INIT, IKE_AUTH, CHILD SA rekey with a key exchange from either
 * side, IKE SA rekey, DELETEs.
 */
class IkeRecordedExchangeTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);

  static Stream<RecordedExchange> exchanges() {
    return Stream.of(
            "gcm256-sha384-ecp384",
            "gcm128-sha256-ecp256",
            "cbc256-sha256-modp2048",
            "cbc256-sha1-modp1024")
        .map(RecordedExchange::load);
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void shouldFollowTheExchange(RecordedExchange recorded) {
    Follower follower = new Follower(recorded);
    List<byte[]> wire = recorded.messages();
    follower.saInit(wire.get(0), wire.get(1));
    follower.auth(follower.open(wire.get(2)), follower.open(wire.get(3)));
    int childRekeys = 0;
    int ikeRekeys = 0;
    for (int i = 4; i < wire.size(); i += 2) {
      IkeMessage request = follower.open(wire.get(i));
      IkeMessage response = follower.open(wire.get(i + 1));
      assertThat(response.header().response()).isTrue();
      assertThat(response.header().messageId()).isEqualTo(request.header().messageId());
      if (request.header().exchange() == ExchangeType.CREATE_CHILD_SA) {
        boolean ike = sa(request).proposals().getFirst().protocol() == Proposal.PROTOCOL_IKE;
        if (ike) {
          follower.rekeyIke(request, response);
          ikeRekeys++;
        } else {
          follower.child(request, response, nonce(request), nonce(response));
          childRekeys++;
        }
      }
    }
    assertThat(childRekeys).isEqualTo(2);
    assertThat(ikeRekeys).isEqualTo(1);
    assertThat(recorded.secrets()).as("every recorded secret was derived").isEmpty();
  }

  /** Holds what one more party at the table would know. */
  private static final class Follower {
    private final RecordedExchange recorded;
    private final Map<Long, IkeKeys> sas = new HashMap<>();
    private byte[] initWire = {};
    private byte[] answerWire = {};
    private byte[] ni = {};
    private byte[] nr = {};

    Follower(RecordedExchange recorded) {
      this.recorded = recorded;
    }

    void saInit(byte[] request, byte[] response) {
      IkeMessage init = decoded(IkeCodec.decode(request));
      IkeMessage answer = decoded(IkeCodec.decode(response));
      // Byte for byte what strongSwan writes: our encoder is theirs.
      assertThat(IkeCodec.encode(init)).isEqualTo(request);
      assertThat(IkeCodec.encode(answer)).isEqualTo(response);
      initWire = request;
      answerWire = response;
      ni = nonce(init);
      nr = nonce(answer);
      byte[] shared = recorded.next("shared-Diffie-Hellman-secret");
      Proposal chosen = sa(answer).proposals().getFirst();
      IkeKeys keys =
          KeyDerivation.ike(
              CRYPTO,
              prf(chosen),
              cipher(chosen),
              shared,
              ni,
              nr,
              answer.header().initiatorSpi(),
              answer.header().responderSpi());
      assertKeys(keys);
      sas.put(answer.header().initiatorSpi(), keys);
    }

    void auth(IkeMessage request, IkeMessage response) {
      IkeKeys keys = sas.values().iterator().next();
      assertAuth(request, initWire, nr, keys.skPi(), true);
      assertAuth(response, answerWire, ni, keys.skPr(), false);
      child(request, response, ni, nr);
    }

    private void assertAuth(
        IkeMessage message, byte[] own, byte[] otherNonce, byte[] skP, boolean initiator) {
      IkeId id =
          payloads(message, Payload.Identification.class)
              .filter(i -> i.initiator() == initiator)
              .findFirst()
              .orElseThrow()
              .id();
      Payload.Authentication auth = only(message, Payload.Authentication.class);
      PrfAlgorithm prf = sas.values().iterator().next().prf();
      byte[] octets = Auth.signedOctets(CRYPTO, prf, own, otherNonce, id, skP);
      assertThat(auth.method()).isEqualTo(Auth.SHARED_KEY);
      assertThat(Hex.text(Auth.sharedKey(CRYPTO, prf, recorded.psk(), octets)))
          .isEqualTo(Hex.text(auth.data()));
    }

    void child(IkeMessage request, IkeMessage response, byte[] ni, byte[] nr) {
      IkeKeys keys = sas.get(request.header().initiatorSpi());
      Proposal chosen = sa(response).proposals().getFirst();
      byte[] shared = recorded.nextIf("DH-secret").orElse(null);
      assertThat(shared != null)
          .isEqualTo(payloads(response, Payload.KeyExchange.class).findAny().isPresent());
      byte[] encryptionI = recorded.next("encryption-initiator-key");
      byte[] encryptionR = recorded.next("encryption-responder-key");
      boolean aead = has(chosen, Transform.ENCR, 20);
      byte[] integrityI = aead ? new byte[0] : recorded.next("integrity-initiator-key");
      byte[] integrityR = aead ? new byte[0] : recorded.next("integrity-responder-key");

      ChildKeys child =
          KeyDerivation.child(
              CRYPTO,
              keys.prf(),
              keys.skD(),
              encryptionI.length + integrityI.length,
              shared,
              ni,
              nr);

      assertThat(Hex.text(child.initiatorToResponder()))
          .isEqualTo(Hex.text(encryptionI) + Hex.text(integrityI));
      assertThat(Hex.text(child.responderToInitiator()))
          .isEqualTo(Hex.text(encryptionR) + Hex.text(integrityR));
    }

    void rekeyIke(IkeMessage request, IkeMessage response) {
      IkeKeys old = sas.get(request.header().initiatorSpi());
      Proposal chosen = sa(response).proposals().getFirst();
      long spiI = ByteBuffer.wrap(sa(request).proposals().getFirst().spi()).getLong();
      long spiR = ByteBuffer.wrap(chosen.spi()).getLong();
      IkeKeys keys =
          KeyDerivation.rekeyedIke(
              CRYPTO,
              old.prf(),
              old.skD(),
              prf(chosen),
              cipher(chosen),
              recorded.next("shared-Diffie-Hellman-secret"),
              nonce(request),
              nonce(response),
              spiI,
              spiR);
      assertKeys(keys);
      sas.put(spiI, keys);
    }

    private void assertKeys(IkeKeys keys) {
      recorded.next("SKEYSEED");
      assertThat(keys.skD()).isEqualTo(recorded.next("Sk_d-secret"));
      recorded
          .nextIf("Sk_ai-secret")
          .ifPresent(ai -> assertThat(keys.initiator().integrityKey()).isEqualTo(ai));
      recorded
          .nextIf("Sk_ar-secret")
          .ifPresent(ar -> assertThat(keys.responder().integrityKey()).isEqualTo(ar));
      assertThat(keys.initiator().encryptionKey()).isEqualTo(recorded.next("Sk_ei-secret"));
      assertThat(keys.responder().encryptionKey()).isEqualTo(recorded.next("Sk_er-secret"));
      assertThat(keys.skPi()).isEqualTo(recorded.next("Sk_pi-secret"));
      assertThat(keys.skPr()).isEqualTo(recorded.next("Sk_pr-secret"));
    }

    /** Opens with the direction's keys, and makes the same message again. */
    IkeMessage open(byte[] wire) {
      IkeHeader header = decoded(IkeCodec.header(wire));
      IkeKeys keys = sas.get(header.initiatorSpi());
      ProtectionKeys direction = header.fromInitiator() ? keys.initiator() : keys.responder();
      IkeMessage message = decoded(IkeCodec.open(wire, CRYPTO, direction));

      int ivAt = IkeHeader.LENGTH + 4;
      int ivLength = direction.cipher().encryption().ivLength();
      byte[] iv = Arrays.copyOfRange(wire, ivAt, ivAt + ivLength);
      byte[] again = IkeCodec.seal(message, CRYPTO, direction, iv);
      assertThat(again).hasSameSizeAs(wire);
      assertThat(decoded(IkeCodec.open(again, CRYPTO, direction)))
          .usingRecursiveComparison()
          .isEqualTo(message);
      return message;
    }
  }

  private static IkeCipher cipher(Proposal chosen) {
    Transform encr =
        chosen.transforms().stream()
            .filter(t -> t.type() == Transform.ENCR)
            .findFirst()
            .orElseThrow();
    Encryption encryption =
        Stream.of(Encryption.values()).filter(e -> e.id() == encr.id()).findFirst().orElseThrow();
    Integrity integrity =
        Stream.of(Integrity.values())
            .filter(i -> i != Integrity.NONE && has(chosen, Transform.INTEG, i.id()))
            .findFirst()
            .orElse(Integrity.NONE);
    return new IkeCipher(encryption, encr.keyLength(), integrity);
  }

  private static PrfAlgorithm prf(Proposal chosen) {
    return Stream.of(PrfAlgorithm.values())
        .filter(p -> has(chosen, Transform.PRF, p.id()))
        .findFirst()
        .orElseThrow();
  }

  private static boolean has(Proposal proposal, int type, int id) {
    return proposal.transforms().stream().anyMatch(t -> t.type() == type && t.id() == id);
  }

  private static Payload.SecurityAssociation sa(IkeMessage message) {
    return only(message, Payload.SecurityAssociation.class);
  }

  private static byte[] nonce(IkeMessage message) {
    return only(message, Payload.Nonce.class).data();
  }

  private static <P extends Payload> P only(IkeMessage message, Class<P> type) {
    return payloads(message, type).findFirst().orElseThrow();
  }

  private static <P extends Payload> Stream<P> payloads(IkeMessage message, Class<P> type) {
    return message.payloads().stream().filter(type::isInstance).map(type::cast);
  }

  private static <T> T decoded(DecodeResult<T> result) {
    return switch (result) {
      case DecodeResult.Decoded<T>(T value) -> value;
      case DecodeResult.Failed<T>(DecodeError error) -> throw new AssertionError(error.sentence());
    };
  }
}
