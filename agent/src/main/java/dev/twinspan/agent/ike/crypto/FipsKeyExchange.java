package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.crypto.IkeCrypto.InvalidKeyShare;
import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.asymmetric.AsymmetricDHPrivateKey;
import org.bouncycastle.crypto.asymmetric.AsymmetricDHPublicKey;
import org.bouncycastle.crypto.asymmetric.AsymmetricECPrivateKey;
import org.bouncycastle.crypto.asymmetric.AsymmetricECPublicKey;
import org.bouncycastle.crypto.asymmetric.DHDomainParameters;
import org.bouncycastle.crypto.asymmetric.ECDomainParameters;
import org.bouncycastle.crypto.asymmetric.ECDomainParametersIndex;
import org.bouncycastle.crypto.fips.FipsDH;
import org.bouncycastle.crypto.fips.FipsEC;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * Diffie-Hellman on the groups Azure's policies name: {@link ModpGroups}, RFC 5903 (ECP256,
 * ECP384). Thread-safe.
 *
 * <p>A share is as long as the prime for MODP and x | y for ECP, big-endian; the shared secret is
 * as long as the prime, or x alone (RFC 5903 section 9).
 */
final class FipsKeyExchange {
  /** SEC 1 section 2.3.3: an uncompressed point follows. */
  private static final byte UNCOMPRESSED = 4;

  private FipsKeyExchange() {}

  /** Domain parameters, looked up when the first key pair is made: that runs self-tests. */
  private static final class Ecp {
    static final ECDomainParameters ECP256 =
        ECDomainParametersIndex.lookupDomainParameters(FipsEC.DomainParameterID.P256);

    static final ECDomainParameters ECP384 =
        ECDomainParametersIndex.lookupDomainParameters(FipsEC.DomainParameterID.P384);

    static ECDomainParameters of(DhGroup group) {
      return group == DhGroup.ECP256 ? ECP256 : ECP384;
    }
  }

  /** What {@link #agree} takes back. */
  sealed interface FipsKeyPair extends KeyPair {}

  record ModpKeyPair(DhGroup group, byte[] share, AsymmetricDHPrivateKey key)
      implements FipsKeyPair {
    @Override
    public void destroy() {
      key.destroy();
    }
  }

  record EcpKeyPair(DhGroup group, byte[] share, AsymmetricECPrivateKey key)
      implements FipsKeyPair {
    @Override
    public void destroy() {
      key.destroy();
    }
  }

  /** The prime of a MODP group. */
  static BigInteger prime(DhGroup group) {
    return ModpGroups.of(group).getP();
  }

  static KeyPair keyPair(DhGroup group, SecureRandom random) {
    return switch (group) {
      case MODP768, MODP1024, MODP2048, MODP2048_256 -> modp(group, random);
      case ECP256, ECP384 -> ecp(group, random);
    };
  }

  /**
   * Outside FIPS mode: as {@link #keyPair}, but for the curves without the module's pairwise test
   * and with the comb for the fixed generator, whose table look-ups do not depend on the key. On a
   * loaded 2-core 2.5 GHz x86 VM a P-384 pair takes 0.7 ms, from the module's generator 3.2 to 7
   * ms.
   */
  static KeyPair quickKeyPair(DhGroup group, SecureRandom random) {
    return switch (group) {
      case MODP768, MODP1024, MODP2048, MODP2048_256 -> modp(group, random);
      case ECP256, ECP384 -> ecp(group, privateKey(Ecp.of(group).getN(), random));
    };
  }

  /** FIPS 186-5 appendix A.2.2, testing candidates: uniform in 1 to n - 1. */
  private static BigInteger privateKey(BigInteger n, SecureRandom random) {
    while (true) {
      BigInteger candidate = new BigInteger(n.bitLength(), random);
      if (candidate.signum() > 0 && candidate.compareTo(n) < 0) {
        return candidate;
      }
    }
  }

  private static KeyPair modp(DhGroup group, SecureRandom random) {
    var parameters = new FipsDH.KeyGenParameters(ModpGroups.of(group));
    var pair = new FipsDH.KeyPairGenerator(parameters, random).generateKeyPair();
    byte[] share = unsigned(pair.getPublicKey().getY(), group.shareLength());
    return new ModpKeyPair(group, share, pair.getPrivateKey());
  }

  private static KeyPair ecp(DhGroup group, SecureRandom random) {
    var parameters = new FipsEC.KeyGenParameters(Ecp.of(group));
    var pair = new FipsEC.KeyPairGenerator(parameters, random).generateKeyPair();
    return ecpPair(group, pair.getPublicKey(), pair.getPrivateKey());
  }

  /** A key pair with a known private key, for published test vectors. */
  static KeyPair modp(DhGroup group, BigInteger privateKey) {
    DHDomainParameters parameters = ModpGroups.of(group);
    byte[] share =
        unsigned(parameters.getG().modPow(privateKey, parameters.getP()), group.shareLength());
    return new ModpKeyPair(
        group, share, new AsymmetricDHPrivateKey(FipsDH.ALGORITHM, parameters, privateKey));
  }

  /** The key pair of a private key. */
  static KeyPair ecp(DhGroup group, BigInteger privateKey) {
    ECDomainParameters curve = Ecp.of(group);
    var w =
        new AsymmetricECPublicKey(
            FipsEC.ALGORITHM,
            curve,
            new FixedPointCombMultiplier().multiply(curve.getG(), privateKey).normalize());
    return ecpPair(group, w, new AsymmetricECPrivateKey(FipsEC.ALGORITHM, curve, privateKey));
  }

  private static KeyPair ecpPair(
      DhGroup group, AsymmetricECPublicKey publicKey, AsymmetricECPrivateKey privateKey) {
    byte[] point = publicKey.getW().getEncoded(false);
    return new EcpKeyPair(group, Arrays.copyOfRange(point, 1, point.length), privateKey);
  }

  static byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare {
    DhGroup group = own.group();
    if (peerShare.length != group.shareLength()) {
      throw new InvalidKeyShare(
          "key share of "
              + peerShare.length
              + " bytes, "
              + group
              + " takes "
              + group.shareLength());
    }
    return switch (own) {
      case ModpKeyPair pair -> agree(pair, new BigInteger(1, peerShare));
      case EcpKeyPair pair -> agree(pair, peerShare);
      default -> throw new IllegalArgumentException("not a key pair made here: " + own.getClass());
    };
  }

  /** RFC 6989 section 2.1: 1 &lt; share &lt; p - 1. The module also checks share^q = 1. */
  private static byte[] agree(ModpKeyPair own, BigInteger share) throws InvalidKeyShare {
    DHDomainParameters parameters = ModpGroups.of(own.group());
    BigInteger highest = parameters.getP().subtract(BigInteger.TWO);
    if (share.compareTo(BigInteger.TWO) < 0 || share.compareTo(highest) > 0) {
      throw new InvalidKeyShare("key share outside 2 to p-2 of " + own.group());
    }
    try {
      var peer = new AsymmetricDHPublicKey(FipsDH.ALGORITHM, parameters, share);
      byte[] secret =
          new FipsDH.DHAgreementFactory().createAgreement(own.key(), FipsDH.DH).calculate(peer);
      return padded(secret, own.group().shareLength());
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyShare("key share not in " + own.group() + ": " + e.getMessage());
    }
  }

  /** RFC 6989 section 2.3: both coordinates below the prime, and on the curve. */
  private static byte[] agree(EcpKeyPair own, byte[] share) throws InvalidKeyShare {
    byte[] point = new byte[1 + share.length];
    point[0] = UNCOMPRESSED;
    System.arraycopy(share, 0, point, 1, share.length);
    try {
      var peer = new AsymmetricECPublicKey(FipsEC.ALGORITHM, Ecp.of(own.group()), point);
      return new FipsEC.DHAgreementFactory().createAgreement(own.key(), FipsEC.DH).calculate(peer);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyShare("key share not on " + own.group() + ": " + e.getMessage());
    }
  }

  private static byte[] unsigned(BigInteger value, int length) {
    byte[] signed = value.toByteArray();
    int zeros = signed.length > length ? signed.length - length : 0;
    return padded(Arrays.copyOfRange(signed, zeros, signed.length), length);
  }

  /** Left-pads with zeros: RFC 7296 section 2.14 wants g^ir as long as the prime. */
  private static byte[] padded(byte[] value, int length) {
    if (value.length == length) {
      return value;
    }
    byte[] padded = new byte[length];
    System.arraycopy(value, 0, padded, length - value.length, value.length);
    Arrays.fill(value, (byte) 0);
    return padded;
  }
}
