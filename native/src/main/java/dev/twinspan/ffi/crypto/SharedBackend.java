package dev.twinspan.ffi.crypto;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Another back-end whose calls are shared with {@link CryptoHelpers}: the same bytes, in the same
 * order. Each SA is opened once for its owner and once for each helper, for a library's context is
 * one thread's at a time.
 */
public final class SharedBackend implements EspBackend {
  /** Below, to wake somebody takes as long as the help saves: 0.2 ms at 36 MB/s. */
  static final int WORTH_BYTES = 8 << 10;

  private final EspBackend alone;
  private final CryptoHelpers helpers;
  private final int worth;

  public SharedBackend(EspBackend alone, CryptoHelpers helpers) {
    this(alone, helpers, WORTH_BYTES);
  }

  /**
   * For tests: what is shared may be less.
   *
   * @param worth bytes of a call from which on it is shared
   */
  public SharedBackend(EspBackend alone, CryptoHelpers helpers, int worth) {
    this.alone = alone;
    this.helpers = helpers;
    this.worth = worth;
  }

  @Override
  public String name() {
    return alone.name();
  }

  @Override
  public String version() {
    return alone.version();
  }

  /** A back-end's name, and how many threads help it. */
  public static String describe(EspBackend backend) {
    return backend instanceof SharedBackend shared
        ? "%s and %d more %s"
            .formatted(
                shared.name(),
                shared.helpers.count(),
                shared.helpers.count() == 1 ? "thread" : "threads")
        : backend.name();
  }

  /** False for the last resort, jce, which nobody takes for its speed. */
  public static boolean canShare(EspBackend backend) {
    return backend instanceof ShimBackend;
  }

  @Override
  public EspEncryptor encryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return alone instanceof ShimBackend shim
        ? new SharedEncryptor(
            each(() -> shim.encryptor(transform, spi, keyMaterial, esn)),
            helpers,
            least(transform),
            worth)
        : alone.encryptor(transform, spi, keyMaterial, esn);
  }

  @Override
  public EspDecryptor decryptor(EspTransform transform, int spi, byte[] keyMaterial, boolean esn) {
    return alone instanceof ShimBackend shim
        ? new SharedDecryptor(
            each(() -> shim.decryptor(transform, spi, keyMaterial, esn)),
            helpers,
            least(transform),
            worth)
        : alone.decryptor(transform, spi, keyMaterial, esn);
  }

  private <T extends ShimDirection> List<T> each(Supplier<T> opener) {
    List<T> all = new ArrayList<>();
    try {
      for (int i = 0; i <= helpers.count(); i++) {
        all.add(opener.get());
      }
      return all;
    } catch (RuntimeException e) {
      all.forEach(ShimDirection::close);
      throw e;
    }
  }

  /** Packets of a piece at least: ipsec-mb's CBC and HMAC take sixteen side by side. */
  private int least(EspTransform transform) {
    boolean lanes = alone.name().equals(ShimBackend.Kind.IPSEC_MB.title);
    return lanes && transform.ivLength() == 16 ? 16 : 2;
  }
}
