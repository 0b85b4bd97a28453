package dev.twinspan.agent.bench;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.util.HexFormat;

/**
 * An X25519 key pair for the length of one measurement, in hexadecimal as WireGuard's socket takes
 * it.
 *
 * @param secret the scalar
 * @param share the u coordinate, little-endian (RFC 7748 section 5)
 */
record WireGuardKey(String secret, String share) {
  private static final int LENGTH = 32;

  static WireGuardKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
      byte[] scalar = ((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow();
      return new WireGuardKey(
          HexFormat.of().formatHex(scalar), littleEndian(((XECPublicKey) pair.getPublic()).getU()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no X25519", e);
    }
  }

  static String littleEndian(BigInteger u) {
    byte[] big = u.toByteArray(); // with a sign, without leading zeros
    byte[] little = new byte[LENGTH];
    for (int i = 0; i < LENGTH && i < big.length; i++) {
      little[i] = big[big.length - 1 - i];
    }
    return HexFormat.of().formatHex(little);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "X25519 " + share;
  }
}
