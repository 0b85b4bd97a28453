package dev.twinspan.ffi.crypto;

/**
 * A library that does the ciphers of ESP. All back-ends give the same bytes for the same input; the
 * tests hold them to it.
 */
public interface EspBackend {
  /** {@code ipsec-mb}, {@code libcrypto} or {@code jce}. */
  String name();

  /** The library's own version string, and the instruction set it runs on where it tells. */
  String version();

  /**
   * Opens the sending direction of one SA.
   *
   * @param spi the peer's SPI, host byte order
   * @param keyMaterial {@link EspTransform#keyMaterialLength()} bytes; copied into locked memory,
   *     the caller zeroes its own
   * @param esn whether the high half of the sequence number is authenticated (RFC 4303 section
   *     2.2.1)
   * @throws EspBackendException when the library refuses the key
   */
  EspEncryptor encryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn);

  /** Opens the receiving direction of one SA; parameters as {@link #encryptor}. */
  EspDecryptor decryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn);
}
