package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.catalogue.Downcall;
import dev.twinspan.ffi.catalogue.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** One of the libraries behind the C shim. */
final class ShimBackend implements EspBackend {
  /** As in twinspan_esp.h. */
  enum Kind {
    IPSEC_MB("ipsec-mb", 1),
    LIBCRYPTO("libcrypto", 2),
    LIBCRYPTO_FIPS("libcrypto-fips", 3);

    final String title;
    final int id;

    Kind(String title, int id) {
      this.title = title;
      this.id = id;
    }
  }

  private static final int TEXT_CAPACITY = 512;

  private final Kind kind;
  private final String version;

  private ShimBackend(Kind kind, String version) {
    this.kind = kind;
    this.version = version;
  }

  /**
   * @throws EspBackendException saying why the library cannot be used here
   */
  static ShimBackend open(Kind kind) {
    String failure = Shim.failure();
    if (failure != null) {
      throw new EspBackendException(failure);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(TEXT_CAPACITY);
      MethodHandle probe = Downcall.TS_PROBE.handle();
      int usable = (int) probe.invokeExact(kind.id, text, TEXT_CAPACITY);
      String words = text.getString(0);
      if (usable == 0) {
        throw new EspBackendException(words);
      }
      return new ShimBackend(kind, words);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  /** Whether keys cannot be swapped out; false past RLIMIT_MEMLOCK. Links the calls of an SA. */
  boolean locksKeys() {
    EspTransform transform = EspTransform.AES_CBC_256_SHA256_128; // takes the most memory
    byte[] zeros = new byte[transform.keyMaterialLength()];
    try (ShimEncryptor encryptor = encryptor(transform, 1, zeros, false);
        ShimDecryptor decryptor = decryptor(transform, 1, zeros, false)) {
      return encryptor.locked() && decryptor.locked();
    }
  }

  @Override
  public String name() {
    return kind.title;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public ShimEncryptor encryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new ShimEncryptor(new ShimSa(this, transform, spi, keyMaterial, esn, false));
  }

  @Override
  public ShimDecryptor decryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return new ShimDecryptor(new ShimSa(this, transform, spi, keyMaterial, esn, true));
  }

  int id() {
    return kind.id;
  }
}
