package dev.twinspan.agent.ike.crypto;

/**
 * What protects an SK payload: encryption and, unless it is an AEAD, integrity (IANA "Transform
 * Type 1" and "3").
 */
public record IkeCipher(Encryption encryption, int keyBits, Integrity integrity) {
  /** ENCR_AES_CBC (RFC 3602), ENCR_AES_GCM_16 (RFC 5282). */
  public enum Encryption {
    AES_CBC(12, 16, 0, 16),
    AES_GCM_16(20, 8, 4, 1);

    private final int id;
    private final int ivLength;
    private final int saltLength;
    private final int blockLength;

    Encryption(int id, int ivLength, int saltLength, int blockLength) {
      this.id = id;
      this.ivLength = ivLength;
      this.saltLength = saltLength;
      this.blockLength = blockLength;
    }

    public int id() {
      return id;
    }

    public int ivLength() {
      return ivLength;
    }

    public int saltLength() {
      return saltLength;
    }

    public int blockLength() {
      return blockLength;
    }
  }

  /** Integrity algorithms; NONE with an AEAD, whose ICV is 16 bytes. */
  public enum Integrity {
    NONE(0, 0, 16),
    HMAC_SHA1_96(2, 20, 12),
    HMAC_SHA2_256_128(12, 32, 16),
    HMAC_SHA2_384_192(13, 48, 24);

    private final int id;
    private final int keyLength;
    private final int icvLength;

    Integrity(int id, int keyLength, int icvLength) {
      this.id = id;
      this.keyLength = keyLength;
      this.icvLength = icvLength;
    }

    public int id() {
      return id;
    }

    public int keyLength() {
      return keyLength;
    }

    public int icvLength() {
      return icvLength;
    }
  }

  /** Bytes of SK_e: key and salt. */
  public int encryptionKeyLength() {
    return keyBits / 8 + encryption.saltLength();
  }
}
