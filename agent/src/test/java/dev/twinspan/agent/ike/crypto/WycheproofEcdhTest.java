package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinspan.agent.ike.crypto.IkeCrypto.InvalidKeyShare;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import java.math.BigInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Project Wycheproof: edge cases of the curves' arithmetic, and shares that must be refused. */
class WycheproofEcdhTest {
  record Case(String id, KeyPair own, boolean valid, byte[] share, byte[] secret) {}

  static Stream<Arguments> cases() {
    return Vectors.lines("wycheproof-ecdh.txt").map(f -> Arguments.of(f[0], parse(f)));
  }

  private static Case parse(String[] f) {
    BigInteger key = new BigInteger(1, Hex.bytes(f[3]));
    return new Case(
        f[0],
        FipsKeyExchange.ecp(DhGroup.valueOf(f[1]), key),
        f[2].equals("valid"),
        Vectors.hex(f[4]),
        Vectors.hex(f[5]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void shouldAgreeOrRefuse(String id, Case vector) throws InvalidKeyShare {
    if (vector.valid()) {
      assertThat(FipsKeyExchange.agree(vector.own(), vector.share())).isEqualTo(vector.secret());
    } else {
      assertThatExceptionOfType(InvalidKeyShare.class)
          .isThrownBy(() -> FipsKeyExchange.agree(vector.own(), vector.share()))
          .withMessageStartingWith("key share ");
    }
  }

  @Test
  void shouldHaveBothKindsOfBothCurves() {
    assertThat(Vectors.lines("wycheproof-ecdh.txt").map(f -> f[1] + " " + f[2]).distinct())
        .containsExactlyInAnyOrder(
            "ECP256 valid", "ECP256 invalid", "ECP384 valid", "ECP384 invalid");
  }
}
