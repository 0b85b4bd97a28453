package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import java.util.Arrays;

/**
 * Protects nothing, so that hostile bytes reach the decoder behind SK as if a peer with the right
 * keys had sent them.
 */
final class TransparentCrypto implements IkeCrypto {
  @Override
  public byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext) {
    IkeCipher cipher = keys.cipher();
    byte[] sealed =
        Arrays.copyOf(iv, iv.length + plaintext.length + cipher.integrity().icvLength());
    System.arraycopy(plaintext, 0, sealed, iv.length, plaintext.length);
    return sealed;
  }

  @Override
  public byte[] open(ProtectionKeys keys, byte[] additional, byte[] sealed) {
    IkeCipher cipher = keys.cipher();
    return Arrays.copyOfRange(
        sealed, cipher.encryption().ivLength(), sealed.length - cipher.integrity().icvLength());
  }

  @Override
  public byte[] random(int length) {
    return new byte[length];
  }

  @Override
  public KeyPair keyPair(DhGroup group) {
    throw new UnsupportedOperationException("protects nothing");
  }

  @Override
  public byte[] agree(KeyPair own, byte[] peerShare) {
    throw new UnsupportedOperationException("protects nothing");
  }

  @Override
  public byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data) {
    throw new UnsupportedOperationException("protects nothing");
  }

  @Override
  public byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed) {
    throw new UnsupportedOperationException("protects nothing");
  }

  @Override
  public byte[] sha1(byte[]... data) {
    throw new UnsupportedOperationException("protects nothing");
  }
}
