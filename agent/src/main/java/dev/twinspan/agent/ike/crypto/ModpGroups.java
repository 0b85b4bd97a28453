package dev.twinspan.agent.ike.crypto;

import java.math.BigInteger;
import org.bouncycastle.crypto.asymmetric.DHDomainParameters;
import org.bouncycastle.crypto.asymmetric.DHDomainParametersIndex;
import org.bouncycastle.crypto.fips.FipsDH;

/**
 * The MODP groups of Azure's policies: RFC 2409 sections 6.1 and 6.2 (MODP768, MODP1024), RFC 3526
 * section 3 (MODP2048), RFC 5114 section 2.3 (MODP2048 with a 256-bit subgroup). Looked up when the
 * first key pair is made: that runs self-tests.
 *
 * <p>The module knows only MODP2048 by name, and refuses the others in its approved mode (SP
 * 800-56A revision 3, appendix D, lists the safe primes of RFC 3526 and RFC 7919 alone).
 */
final class ModpGroups {
  /** RFC 2409 section 6.1: 2^768 - 2^704 - 1 + 2^64 * ([2^638 pi] + 149686), a safe prime. */
  private static final BigInteger MODP768_PRIME =
      hex(
          "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
              + "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
              + "4FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF");

  /** RFC 2409 section 6.2: 2^1024 - 2^960 - 1 + 2^64 * ([2^894 pi] + 129093), a safe prime. */
  private static final BigInteger MODP1024_PRIME =
      hex(
          "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
              + "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
              + "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
              + "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF");

  /** RFC 5114 section 2.3: no safe prime, so that its subgroup's order must be known. */
  private static final DHDomainParameters MODP2048_256 =
      new DHDomainParameters(
          hex(
              "87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00"
                  + "E00DF8F1D61957D4FAF7DF4561B2AA3016C3D91134096FAA3BF4296D830E9A7C"
                  + "209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B"
                  + "6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76"
                  + "B63ACAE1CAA6B7902D52526735488A0EF13C6D9A51BFA4AB3AD8347796524D8E"
                  + "F6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026"
                  + "C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103"
                  + "A4B54330C198AF126116D2276E11715F693877FAD7EF09CADB094AE91E1A1597"),
          hex("8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3"),
          hex(
              "3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA125"
                  + "10DBC15077BE463FFF4FED4AAC0BB555BE3A6C1B0C6B47B1BC3773BF7E8C6F62"
                  + "901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B"
                  + "777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193"
                  + "B5045AF2767164E1DFC967C1FB3F2E55A4BD1BFFE83B9C80D052B985D182EA0A"
                  + "DB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915"
                  + "B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C3"
                  + "2F63078490F00EF8D647D148D47954515E2327CFEF98C582664B4C0F6CC41659"));

  private static final DHDomainParameters MODP768 = safe(MODP768_PRIME);
  private static final DHDomainParameters MODP1024 = safe(MODP1024_PRIME);

  private static final DHDomainParameters MODP2048 =
      DHDomainParametersIndex.lookupDomainParameters(FipsDH.DomainParameterID.modp2048);

  private ModpGroups() {}

  static DHDomainParameters of(DhGroup group) {
    return switch (group) {
      case MODP768 -> MODP768;
      case MODP1024 -> MODP1024;
      case MODP2048 -> MODP2048;
      case MODP2048_256 -> MODP2048_256;
      case ECP256, ECP384 -> throw new IllegalArgumentException(group + " is not a MODP group");
    };
  }

  /** With q = (p - 1) / 2, so that shares are checked to be in the group 2 generates. */
  private static DHDomainParameters safe(BigInteger prime) {
    return new DHDomainParameters(prime, prime.shiftRight(1), BigInteger.TWO);
  }

  private static BigInteger hex(String digits) {
    return new BigInteger(digits, 16);
  }
}
