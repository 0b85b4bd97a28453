package dev.twinspan.agent.sim.appliance;

import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspDecryptor;
import dev.twinspan.ffi.crypto.EspEncryptor;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.MemorySegment;

/** Encrypts nothing: a packet carries its key, and who has another does not take it. */
final class SimEsp implements EspBackend {
  record Sealer(EspTransform transform, byte[] key) implements EspEncryptor {
    @Override
    public int encapsulate(MemorySegment vector, int entries) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  record Opener(EspTransform transform, byte[] key) implements EspDecryptor {
    @Override
    public int decapsulate(MemorySegment vector, int entries) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public EspEncryptor encryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new Sealer(transform, keyMaterial.clone());
  }

  @Override
  public EspDecryptor decryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new Opener(transform, keyMaterial.clone());
  }
}
