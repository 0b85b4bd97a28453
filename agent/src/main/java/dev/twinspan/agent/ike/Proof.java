package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.cert.CertificateCheck;
import dev.twinspan.agent.ike.crypto.Auth;
import dev.twinspan.agent.ike.crypto.SignatureAuth;
import dev.twinspan.agent.ike.crypto.SignatureHash;
import dev.twinspan.agent.ike.crypto.SigningKey;
import dev.twinspan.agent.ike.crypto.VerificationKey;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.Payload;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes our AUTH payload and checks the peer's, with a pre-shared key (RFC 7296 section 2.15) or a
 * certificate (RFC 7427).
 */
final class Proof {
  /** CERT encoding "X.509 Certificate - Signature", RFC 7296 section 3.6. */
  private static final int X509_SIGNATURE = 4;

  private final IkeContext context;
  private final IkeSa sa;
  private final Handshake handshake;

  Proof(IkeContext context, IkeSa sa, Handshake handshake) {
    this.context = context;
    this.sa = sa;
    this.handshake = handshake;
  }

  // --- ours -------------------------------------------------------------------------------------

  /** Why we cannot prove ourselves to this peer in a way it would understand; null: we can. */
  @Nullable Failure impossible(IkePeer config) {
    return config.credentials() instanceof Credentials.Certificates own
            && handshake.peerHashes().isEmpty()
            && own.key().isRsa()
        ? CertificateFaults.noSignatureHashes(config)
        : null;
  }

  /** Certificates, ours first; none with a pre-shared key. */
  static List<Payload> certificates(IkePeer config) {
    List<Payload> payloads = new ArrayList<>();
    if (config.credentials() instanceof Credentials.Certificates own) {
      for (X509Certificate certificate : own.chain()) {
        try {
          payloads.add(new Payload.Certificate(X509_SIGNATURE, certificate.getEncoded()));
        } catch (CertificateEncodingException e) {
          throw new IllegalStateException("a parsed certificate always has its encoding", e);
        }
      }
    }
    return payloads;
  }

  /** Whose certificates we take: SHA-1 of each CA's public key (section 3.7). */
  static List<Payload> certificateRequest(IkeContext context, List<IkePeer> peers) {
    java.io.ByteArrayOutputStream authorities = new java.io.ByteArrayOutputStream();
    peers.stream()
        .map(IkePeer::credentials)
        .filter(Credentials.Certificates.class::isInstance)
        .flatMap(c -> ((Credentials.Certificates) c).trust().anchors().stream())
        .distinct()
        .forEach(
            anchor ->
                authorities.writeBytes(context.crypto().sha1(anchor.getPublicKey().getEncoded())));
    return authorities.size() == 0
        ? List.of()
        : List.of(new Payload.CertificateRequest(X509_SIGNATURE, authorities.toByteArray()));
  }

  Payload ours(IkePeer config) {
    byte[] octets =
        Auth.signedOctets(
            context.crypto(),
            sa.suite().prf(),
            sa.initiator() ? handshake.initRequest() : handshake.initResponse(),
            sa.initiator() ? handshake.nr() : handshake.ni(),
            config.localId(),
            sa.initiator() ? sa.keys().skPi() : sa.keys().skPr());
    return switch (config.credentials()) {
      case Credentials.PreSharedKey(var secret) ->
          new Payload.Authentication(
              Auth.SHARED_KEY,
              Auth.sharedKey(context.crypto(), sa.suite().prf(), secret.bytes(), octets));
      case Credentials.Certificates own -> signed(own.key(), octets);
    };
  }

  private Payload signed(SigningKey key, byte[] octets) {
    if (handshake.peerHashes().isEmpty()) { // from before RFC 7427: ECDSA only, see impossible()
      boolean p256 = key.curveBits() == 256;
      var scheme = key.scheme(List.of(p256 ? SignatureHash.SHA2_256 : SignatureHash.SHA2_384));
      return new Payload.Authentication(
          p256 ? SignatureAuth.ECDSA_256 : SignatureAuth.ECDSA_384,
          new SignatureAuth(scheme, key.sign(scheme, octets)).encodePlain(key.curveBits()));
    }
    var scheme = key.scheme(handshake.peerHashes());
    return new Payload.Authentication(
        SignatureAuth.DIGITAL_SIGNATURE,
        new SignatureAuth(scheme, key.sign(scheme, octets)).encode());
  }

  // --- the peer's -------------------------------------------------------------------------------

  /**
   * Null: the peer is who it says. {@code id} is the identity that is configured for it.
   *
   * @param where the message, for the sentence
   */
  @Nullable Failure fault(
      IkePeer config,
      IkeId id,
      Payload.@Nullable Authentication auth,
      List<Payload> payloads,
      String where) {
    return switch (config.credentials()) {
      case Credentials.PreSharedKey(var secret) -> {
        if (auth == null || auth.method() != Auth.SHARED_KEY) {
          yield Faults.wrongMethod(config, auth == null ? 0 : auth.method());
        }
        byte[] expected =
            Auth.sharedKey(context.crypto(), sa.suite().prf(), secret.bytes(), octetsOfPeer(id));
        yield Auth.matches(expected, auth.data()) ? null : Faults.pskMismatch(config, where);
      }
      case Credentials.Certificates own -> certificateFault(config, own, id, auth, payloads);
    };
  }

  private @Nullable Failure certificateFault(
      IkePeer config,
      Credentials.Certificates own,
      IkeId id,
      Payload.@Nullable Authentication auth,
      List<Payload> payloads) {
    if (auth == null || !SignatureAuth.isSignature(auth.method())) {
      return CertificateFaults.wrongMethod(config, auth == null ? 0 : auth.method());
    }
    List<byte[]> ders = new ArrayList<>();
    for (Payload payload : payloads) {
      if (payload instanceof Payload.Certificate(int encoding, byte[] data)
          && encoding == X509_SIGNATURE) {
        ders.add(data);
      }
    }
    return switch (CertificateCheck.check(ders, id, own.trust(), context.wallClock())) {
      case CertificateCheck.Result.Refused(var fault) -> CertificateFaults.of(config, fault);
      case CertificateCheck.Result.Trusted(VerificationKey key, String subject) -> {
        SignatureAuth signature = SignatureAuth.decode(auth.method(), auth.data(), key);
        if (signature == null) {
          yield CertificateFaults.unusableSignature(config, subject, auth.method());
        }
        yield key.verifies(signature.scheme(), signature.signature(), octetsOfPeer(id))
            ? null
            : CertificateFaults.badSignature(config, subject, signature.scheme().text());
      }
    };
  }

  private byte[] octetsOfPeer(IkeId id) {
    return Auth.signedOctets(
        context.crypto(),
        sa.suite().prf(),
        sa.initiator() ? handshake.initResponse() : handshake.initRequest(),
        sa.initiator() ? handshake.ni() : handshake.nr(),
        id,
        sa.initiator() ? sa.keys().skPr() : sa.keys().skPi());
  }
}
