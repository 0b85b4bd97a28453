package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bouncycastle.crypto.asymmetric.DHDomainParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The constants of the MODP groups against the RFCs' formulas and numbers. */
class ModpGroupsTest {
  /** RFC 2409 section 6 and RFC 3526 section 3 give the primes as formulas over pi. */
  @ParameterizedTest
  @CsvSource({
    "MODP768, 768, 638, 149686",
    "MODP1024, 1024, 894, 129093",
    "MODP2048, 2048, 1918, 124476"
  })
  void shouldUseTheStandardsPrimes(DhGroup group, int bits, int k, long c) {
    BigInteger p = ModpGroups.of(group).getP();

    assertThat(p).isEqualTo(oakleyPrime(bits, k, c));
    assertThat(p.isProbablePrime(100)).isTrue();
    assertThat(p.shiftRight(1).isProbablePrime(50)).isTrue();
    assertThat(ModpGroups.of(group).getG()).isEqualTo(BigInteger.TWO);
    assertThat(group.shareLength()).isEqualTo(bits / 8);
  }

  /** RFC 5114 section 2.3. */
  @Test
  void shouldUseTheParametersOfRfc5114() {
    Map<String, BigInteger> rfc = rfc5114();
    DHDomainParameters group = ModpGroups.of(DhGroup.MODP2048_256);

    assertThat(group.getP()).isEqualTo(rfc.get("p"));
    assertThat(group.getQ()).isEqualTo(rfc.get("q"));
    assertThat(group.getG()).isEqualTo(rfc.get("g"));
    assertThat(group.getP().isProbablePrime(50)).isTrue();
    assertThat(group.getQ().isProbablePrime(100)).isTrue();
    assertThat(group.getG().modPow(group.getQ(), group.getP())).isEqualTo(BigInteger.ONE);
    assertThat(group.getP().subtract(BigInteger.ONE).mod(group.getQ())).isZero();
  }

  /** RFC 5114 appendix A.3. */
  @Test
  void shouldAgreeAsRfc5114SaysForGroup24() throws IkeCrypto.InvalidKeyShare {
    Map<String, BigInteger> rfc = rfc5114();
    IkeCrypto.KeyPair a = FipsKeyExchange.modp(DhGroup.MODP2048_256, rfc.get("xA"));
    IkeCrypto.KeyPair b = FipsKeyExchange.modp(DhGroup.MODP2048_256, rfc.get("xB"));

    assertThat(new BigInteger(1, a.share())).isEqualTo(rfc.get("yA"));
    assertThat(new BigInteger(1, b.share())).isEqualTo(rfc.get("yB"));
    assertThat(new BigInteger(1, FipsKeyExchange.agree(a, b.share()))).isEqualTo(rfc.get("Z"));
    assertThat(new BigInteger(1, FipsKeyExchange.agree(b, a.share()))).isEqualTo(rfc.get("Z"));
  }

  private static Map<String, BigInteger> rfc5114() {
    Function<String[], BigInteger> value = f -> new BigInteger(f[1], 16);
    return Vectors.lines("rfc5114-group24.txt").collect(Collectors.toMap(f -> f[0], value));
  }

  /** 2^n - 2^(n-64) - 1 + 2^64 * ([2^k pi] + c). */
  private static BigInteger oakleyPrime(int n, int k, long c) {
    BigInteger one = BigInteger.ONE;
    return one.shiftLeft(n)
        .subtract(one.shiftLeft(n - 64))
        .subtract(one)
        .add(piTimesTwoTo(k).add(BigInteger.valueOf(c)).shiftLeft(64));
  }

  /** Machin: pi = 16 arctan(1/5) - 4 arctan(1/239), with 64 guard bits. */
  private static BigInteger piTimesTwoTo(int k) {
    BigInteger pi =
        arctanOfOneOver(5, k + 64).shiftLeft(4).subtract(arctanOfOneOver(239, k + 64).shiftLeft(2));
    return pi.shiftRight(64);
  }

  private static BigInteger arctanOfOneOver(int x, int bits) {
    BigInteger power = BigInteger.ONE.shiftLeft(bits).divide(BigInteger.valueOf(x));
    BigInteger square = BigInteger.valueOf((long) x * x);
    BigInteger sum = BigInteger.ZERO;
    for (int n = 1; power.signum() > 0; n += 2) {
      BigInteger term = power.divide(BigInteger.valueOf(n));
      sum = n % 4 == 1 ? sum.add(term) : sum.subtract(term);
      power = power.divide(square);
    }
    return sum;
  }
}
