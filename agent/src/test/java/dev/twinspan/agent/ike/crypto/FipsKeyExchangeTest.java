package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinspan.agent.crypto.FipsModule;
import dev.twinspan.agent.ike.crypto.IkeCrypto.InvalidKeyShare;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FipsKeyExchangeTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);

  /** RFC 5903 section 8.1. */
  @Test
  void shouldAgreeAsRfc5903SaysForEcp256() throws InvalidKeyShare {
    KeyPair i =
        ecp(
            DhGroup.ECP256,
            "C88F01F5 10D9AC3F 70A292DA A2316DE5 44E9AAB8 AFE84049 C62A9C57 862D1433");
    KeyPair r =
        ecp(
            DhGroup.ECP256,
            "C6EF9C5D 78AE012A 011164AC B397CE20 88685D8F 06BF9BE0 B283AB46 476BEE53");

    assertThat(i.share())
        .isEqualTo(
            Hex.bytes(
                "DAD0B653 94221CF9 B051E1FE CA5787D0 98DFE637 FC90B9EF 945D0C37 72581180"
                    + "5271A046 1CDB8252 D61F1C45 6FA3E59A B1F45B33 ACCF5F58 389E0577 B8990BB3"));
    assertThat(r.share())
        .isEqualTo(
            Hex.bytes(
                "D12DFB52 89C8D4F8 1208B702 70398C34 2296970A 0BCCB74C 736FC755 4494BF63"
                    + "56FBF3CA 366CC23E 8157854C 13C58D6A AC23F046 ADA30F83 53E74F33 039872AB"));
    byte[] secret =
        Hex.bytes("D6840F6B 42F6EDAF D13116E0 E1256520 2FEF8E9E CE7DCE03 812464D0 4B9442DE");
    assertThat(CRYPTO.agree(i, r.share())).isEqualTo(secret);
    assertThat(CRYPTO.agree(r, i.share())).isEqualTo(secret);
  }

  /** RFC 5903 section 8.2. */
  @Test
  void shouldAgreeAsRfc5903SaysForEcp384() throws InvalidKeyShare {
    KeyPair i =
        ecp(
            DhGroup.ECP384,
            "099F3C70 34D4A2C6 99884D73 A375A67F 7624EF7C 6B3C0F16 0647B674 14DCE655"
                + "E35B5380 41E649EE 3FAEF896 783AB194");
    KeyPair r =
        ecp(
            DhGroup.ECP384,
            "41CB0779 B4BDB85D 47846725 FBEC3C94 30FAB46C C8DC5060 855CC9BD A0AA2942"
                + "E0308312 916B8ED2 960E4BD5 5A7448FC");

    assertThat(i.share())
        .isEqualTo(
            Hex.bytes(
                "667842D7 D180AC2C DE6F74F3 7551F557 55C7645C 20EF73E3 1634FE72 B4C55EE6"
                    + "DE3AC808 ACB4BDB4 C88732AE E95F41AA"
                    + "9482ED1F C0EEB9CA FC498462 5CCFC23F 65032149 E0E144AD A0241815 35A0F38E"
                    + "EB9FCFF3 C2C947DA E69B4C63 4573A81C"));
    assertThat(r.share())
        .isEqualTo(
            Hex.bytes(
                "E558DBEF 53EECDE3 D3FCCFC1 AEA08A89 A987475D 12FD950D 83CFA417 32BC509D"
                    + "0D1AC43A 0336DEF9 6FDA41D0 774A3571"
                    + "DCFBEC7A ACF31964 72169E83 8430367F 66EEBE3C 6E70C416 DD5F0C68 759DD1FF"
                    + "F83FA401 42209DFF 5EAAD96D B9E6386C"));
    byte[] secret =
        Hex.bytes(
            "11187331 C279962D 93D60424 3FD592CB 9D0A926F 422E4718 7521287E 7156C5C4"
                + "D6031355 69B9E9D0 9CF5D4A2 70F59746");
    assertThat(CRYPTO.agree(i, r.share())).isEqualTo(secret);
    assertThat(CRYPTO.agree(r, i.share())).isEqualTo(secret);
  }

  @ParameterizedTest
  @EnumSource
  void shouldAgreeBothWays(DhGroup group) throws InvalidKeyShare {
    KeyPair a = CRYPTO.keyPair(group);
    KeyPair b = CRYPTO.keyPair(group);

    assertThat(a.share()).hasSize(group.shareLength()).isNotEqualTo(b.share());
    assertThat(CRYPTO.agree(a, b.share())).isEqualTo(CRYPTO.agree(b, a.share()));
  }

  /** Outside FIPS mode pairs are made without the module's generator: they must go with its own. */
  @ParameterizedTest
  @EnumSource
  void shouldAgreeWithPairsOfTheModule(DhGroup group) throws InvalidKeyShare {
    SecureRandom random = FipsModule.random();
    for (int i = 0; i < 8; i++) {
      KeyPair quick = FipsKeyExchange.quickKeyPair(group, random);
      KeyPair module = FipsKeyExchange.keyPair(group, random);
      assertThat(CRYPTO.agree(quick, module.share()))
          .isEqualTo(CRYPTO.agree(module, quick.share()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldMakeTheSamePairsFromTheSameSeed(DhGroup group) {
    assertThat(TestCrypto.seeded(5).keyPair(group).share())
        .isEqualTo(TestCrypto.seeded(5).keyPair(group).share());
  }

  /** RFC 7296 section 2.14: leading zeros stay. About every 256th secret has one. */
  @ParameterizedTest
  @EnumSource(names = {"MODP1024"})
  void shouldPadASecretThatBeginsWithZeros(DhGroup group) throws InvalidKeyShare {
    BigInteger p = ModpGroups.of(group).getP();
    KeyPair own = CRYPTO.keyPair(group);
    BigInteger ownShare = new BigInteger(1, own.share());
    Random random = new Random(3);
    boolean zeroSeen = false;
    for (int i = 0; i < 5_000 && !zeroSeen; i++) {
      BigInteger peer = new BigInteger(160, random).setBit(150);
      byte[] secret = CRYPTO.agree(own, padded(BigInteger.TWO.modPow(peer, p), group));
      zeroSeen = secret[0] == 0;
      assertThat(secret).isEqualTo(padded(ownShare.modPow(peer, p), group));
    }
    assertThat(zeroSeen).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"MODP768", "MODP1024", "MODP2048"})
  void shouldRefuseModpSharesThatGiveTheSecretAway(DhGroup group) {
    BigInteger p = ModpGroups.of(group).getP();
    KeyPair own = CRYPTO.keyPair(group);

    refused(own, padded(BigInteger.ZERO, group), "outside 2 to p-2");
    refused(own, padded(BigInteger.ONE, group), "outside 2 to p-2");
    refused(own, padded(p.subtract(BigInteger.ONE), group), "outside 2 to p-2");
    refused(own, padded(p, group), "outside 2 to p-2");
    refused(own, padded(p.add(BigInteger.TWO), group), "outside 2 to p-2");
    // -2 is no square, so it is not in the group 2 generates.
    refused(own, padded(p.subtract(BigInteger.TWO), group), "not in " + group);
  }

  /**
   * Its cofactor is large and smooth: a share outside the subgroup of order q would betray the key.
   */
  @Test
  void shouldRefuseSharesOutsideTheSubgroupOfGroup24() {
    DhGroup group = DhGroup.MODP2048_256;
    BigInteger p = ModpGroups.of(group).getP();
    KeyPair own = CRYPTO.keyPair(group);

    refused(own, padded(BigInteger.ZERO, group), "outside 2 to p-2");
    refused(own, padded(BigInteger.ONE, group), "outside 2 to p-2");
    refused(own, padded(p.subtract(BigInteger.ONE), group), "outside 2 to p-2");
    refused(own, padded(BigInteger.TWO, group), "not in " + group);
  }

  @ParameterizedTest
  @EnumSource(names = {"ECP256", "ECP384"})
  void shouldRefuseSharesThatAreNotPointsOfTheCurve(DhGroup group) {
    KeyPair own = CRYPTO.keyPair(group);
    byte[] zero = new byte[group.shareLength()];
    byte[] offCurve = CRYPTO.keyPair(group).share();
    offCurve[offCurve.length - 1] ^= 1;
    byte[] tooLarge = CRYPTO.keyPair(group).share();
    Arrays.fill(tooLarge, 0, tooLarge.length / 2, (byte) 0xff);

    refused(own, zero, "not on " + group);
    refused(own, offCurve, "not on " + group);
    refused(own, tooLarge, "not on " + group);
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseSharesOfAnotherLength(DhGroup group) {
    KeyPair own = CRYPTO.keyPair(group);
    byte[] share = CRYPTO.keyPair(group).share();

    refused(own, new byte[0], "key share of 0 bytes");
    refused(own, Arrays.copyOf(share, share.length - 1), "bytes, " + group + " takes");
    refused(own, Arrays.copyOf(share, share.length + 1), "bytes, " + group + " takes");
  }

  private static void refused(KeyPair own, byte[] share, String because) {
    assertThatExceptionOfType(InvalidKeyShare.class)
        .isThrownBy(() -> CRYPTO.agree(own, share))
        .withMessageContaining(because);
  }

  private static KeyPair ecp(DhGroup group, String privateKey) {
    return FipsKeyExchange.ecp(group, new BigInteger(1, Hex.bytes(privateKey)));
  }

  private static byte[] padded(BigInteger value, DhGroup group) {
    byte[] signed = value.toByteArray();
    byte[] padded = new byte[group.shareLength()];
    int length = Math.min(signed.length, padded.length);
    System.arraycopy(signed, signed.length - length, padded, padded.length - length, length);
    return padded;
  }
}
