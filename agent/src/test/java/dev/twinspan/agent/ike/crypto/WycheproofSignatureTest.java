package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.SignatureScheme.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Project Wycheproof: signatures that must be taken, and 748 that must not. */
class WycheproofSignatureTest {
  private static final String FILE = "wycheproof-signatures.txt";

  static Stream<String> schemes() {
    return vectors().map(f -> f[1]).distinct();
  }

  private static Stream<String[]> vectors() {
    return Vectors.lines(FILE).filter(f -> !f[0].equals("key"));
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void shouldVerifyOrRefuse(String scheme) throws VerificationKey.Unusable {
    Map<String, VerificationKey> keys = new HashMap<>();
    for (String[] f : Vectors.lines(FILE).filter(f -> f[0].equals("key")).toList()) {
      keys.put(f[1], VerificationKey.of(Vectors.hex(f[2])));
    }
    for (String[] f : vectors().filter(f -> f[1].equals(scheme)).toList()) {
      assertThat(keys.get(f[3]).verifies(scheme(f[1]), Vectors.hex(f[4]), Vectors.hex(f[5])))
          .as(f[0])
          .isEqualTo(f[2].equals("valid"));
    }
  }

  private static SignatureScheme scheme(String text) {
    int dash = text.indexOf('-');
    SignatureHash hash = SignatureHash.valueOf(text.substring(dash + 1));
    return switch (Kind.valueOf(text.substring(0, dash))) {
      case RSA_PKCS1 -> SignatureScheme.rsaPkcs1(hash);
      case RSA_PSS -> SignatureScheme.rsaPss(hash);
      case ECDSA -> SignatureScheme.ecdsa(hash);
    };
  }

  @Test
  void shouldHaveBothKindsOfEachScheme() {
    assertThat(vectors().map(f -> f[1] + " " + f[2]).distinct())
        .containsExactlyInAnyOrder(
            "ECDSA-SHA2_256 valid",
            "ECDSA-SHA2_256 invalid",
            "ECDSA-SHA2_384 valid",
            "ECDSA-SHA2_384 invalid",
            "RSA_PKCS1-SHA2_256 valid",
            "RSA_PKCS1-SHA2_256 invalid",
            "RSA_PSS-SHA2_256 valid",
            "RSA_PSS-SHA2_256 invalid");
  }
}
