package dev.twinspan.ffi.crypto;

/**
 * Pure Java on the JDK's own providers: the last resort where there is neither ipsec-mb nor OpenSSL
 * 3, and the oracle the other back-ends are tested against. Unlike them it allocates per packet,
 * and its keys are neither locked in memory nor surely erased.
 */
final class JceBackend implements EspBackend {
  @Override
  public String name() {
    return "jce";
  }

  @Override
  public String version() {
    return "Java " + Runtime.version();
  }

  @Override
  public JceEncryptor encryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new JceEncryptor(transform, spi, keyMaterial, esn);
  }

  @Override
  public JceDecryptor decryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new JceDecryptor(transform, spi, keyMaterial, esn);
  }
}
