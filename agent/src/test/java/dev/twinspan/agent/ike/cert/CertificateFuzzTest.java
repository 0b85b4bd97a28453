package dev.twinspan.agent.ike.cert;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.twinspan.agent.ike.crypto.SignatureAuth;
import dev.twinspan.agent.ike.crypto.SignatureHash;
import dev.twinspan.agent.ike.crypto.SignatureScheme;
import dev.twinspan.agent.ike.crypto.VerificationKey;
import dev.twinspan.agent.ike.message.IkeId;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of what strangers send in CERT and AUTH: certificates, public keys and
 * signature algorithms. Nothing may be thrown, nothing made up may be trusted, and nothing of it
 * may move a terminal's cursor.
 */
class CertificateFuzzTest {
  private static final TestPki.Entity ROOT = TestPki.root(TestPki.Kind.P256, "fuzz root");
  private static final TestPki.Entity PEER =
      ROOT.issues(TestPki.Kind.P256, "peer").dns("hub.example").ip("203.0.113.10").build();
  private static final TestPki.Entity RSA =
      ROOT.issues(TestPki.Kind.RSA_2048, "rsa peer").mail("vpn@example.org").build();
  private static final TrustStore TRUST =
      new TrustStore(
          List.of(ROOT.certificate()),
          List.of(ROOT.crl(TestPki.NOW.minusSeconds(9), TestPki.NOW.plusSeconds(9_999))));

  static List<byte[]> seeds() {
    return List.of(
        PEER.ders().getFirst(),
        RSA.ders().getFirst(),
        RSA.certificate().getPublicKey().getEncoded(),
        auth(SignatureScheme.rsaPss(SignatureHash.SHA2_256)),
        auth(SignatureScheme.ecdsa(SignatureHash.SHA2_384)));
  }

  private static byte[] auth(SignatureScheme scheme) {
    return new SignatureAuth(scheme, new byte[64]).encode();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldSurviveAnyBytes(byte[] bytes) throws VerificationKey.Unusable {
    IkeId id = IkeId.fqdn("hub.example");
    CertificateCheck.Result result =
        CertificateCheck.check(List.of(bytes, PEER.ders().getFirst()), id, TRUST, TestPki.NOW);
    switch (result) {
      case CertificateCheck.Result.Refused(CertificateFault fault) -> {
        if (fault.toString().chars().anyMatch(Character::isISOControl)) {
          throw new AssertionError("control characters in: " + fault);
        }
      }
      case CertificateCheck.Result.Trusted _ -> {
        if (!Arrays.equals(bytes, PEER.ders().getFirst())) {
          throw new AssertionError("trusted what the CA did not sign");
        }
      }
    }
    VerificationKey key = Certificates.key(PEER.certificate());
    for (int method = 0; method < 16; method++) {
      SignatureAuth auth = SignatureAuth.decode(method, bytes, key);
      if (auth != null && key.verifies(auth.scheme(), auth.signature(), new byte[1])) {
        throw new AssertionError("a signature out of nothing");
      }
    }
    SignatureAuth.hashAlgorithms(bytes);
    try {
      VerificationKey.of(bytes);
    } catch (VerificationKey.Unusable e) {
      if (("" + e.getMessage()).isEmpty()) {
        throw new AssertionError("no reason", e);
      }
    }
  }
}
