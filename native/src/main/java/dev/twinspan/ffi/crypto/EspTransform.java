package dev.twinspan.ffi.crypto;

/**
 * The ESP transforms Twinspan carries: what Azure's default and custom IPsec policies can name,
 * less DES and MD5.
 *
 * <p>Key material is laid out as IKEv2 derives it for one direction (RFC 7296 section 2.17):
 * encryption key, then the 4-byte GCM salt (RFC 4106 section 8.1), or encryption key, then
 * integrity key.
 */
public enum EspTransform {
  AES_GCM_128(16, 4, 0, 8, 16),
  AES_GCM_192(24, 4, 0, 8, 16),
  AES_GCM_256(32, 4, 0, 8, 16),
  AES_CBC_128_SHA1_96(16, 0, 20, 16, 12),
  AES_CBC_192_SHA1_96(24, 0, 20, 16, 12),
  AES_CBC_256_SHA1_96(32, 0, 20, 16, 12),
  AES_CBC_128_SHA256_128(16, 0, 32, 16, 16),
  AES_CBC_192_SHA256_128(24, 0, 32, 16, 16),
  AES_CBC_256_SHA256_128(32, 0, 32, 16, 16);

  /** SPI and sequence number, RFC 4303 section 2. */
  public static final int ESP_HEADER_LENGTH = 8;

  /** No IP packet is longer, and so no ESP packet. */
  static final int MAX_PACKET_LENGTH = 65535;

  private final int encryptionKeyLength;
  private final int saltLength;
  private final int integrityKeyLength;
  private final int ivLength;
  private final int icvLength;

  EspTransform(
      int encryptionKeyLength,
      int saltLength,
      int integrityKeyLength,
      int ivLength,
      int icvLength) {
    this.encryptionKeyLength = encryptionKeyLength;
    this.saltLength = saltLength;
    this.integrityKeyLength = integrityKeyLength;
    this.ivLength = ivLength;
    this.icvLength = icvLength;
  }

  /** AES key, in bytes. */
  public int encryptionKeyLength() {
    return encryptionKeyLength;
  }

  /** GCM salt, in bytes; 0 for CBC. */
  public int saltLength() {
    return saltLength;
  }

  /** HMAC key, in bytes; 0 for GCM. */
  public int integrityKeyLength() {
    return integrityKeyLength;
  }

  /** Bytes of KEYMAT one direction takes. */
  public int keyMaterialLength() {
    return encryptionKeyLength + saltLength + integrityKeyLength;
  }

  /**
   * @throws IllegalArgumentException naming both lengths
   */
  void checkKeyMaterial(byte[] keyMaterial) {
    if (keyMaterial.length != keyMaterialLength()) {
      throw new IllegalArgumentException(
          "key material of %d bytes, expected %d for %s"
              .formatted(keyMaterial.length, keyMaterialLength(), this));
    }
  }

  /** IANA "IKEv2 Transform Type 1 - Encryption Algorithm Transform IDs". */
  int ikeEncryptionId() {
    return isAead() ? 20 : 12;
  }

  /** IANA "IKEv2 Transform Type 3 - Integrity Algorithm Transform IDs"; 0 with GCM. */
  int ikeIntegrityId() {
    return switch (integrityKeyLength) {
      case 20 -> 2;
      case 32 -> 12;
      default -> 0;
    };
  }

  /** Bytes of explicit IV in each packet. */
  public int ivLength() {
    return ivLength;
  }

  /** Bytes of integrity check value at the end of each packet. */
  public int icvLength() {
    return icvLength;
  }

  public boolean isAead() {
    return integrityKeyLength == 0;
  }

  /**
   * Payload, padding, pad length and next header are filled up to a multiple of this (RFC 4303
   * section 2.4).
   */
  public int alignment() {
    return isAead() ? 4 : 16;
  }

  /**
   * Length of the ESP packet, SPI to ICV, that carries {@code innerLength} bytes without TFC
   * padding.
   */
  public int packetLength(int innerLength) {
    int trailed = innerLength + 2;
    int padded = (trailed + alignment() - 1) / alignment() * alignment();
    return ESP_HEADER_LENGTH + ivLength + padded + icvLength;
  }
}
