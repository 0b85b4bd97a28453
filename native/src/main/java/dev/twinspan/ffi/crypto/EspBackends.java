package dev.twinspan.ffi.crypto;

import java.util.List;

/** Which back-end carries ESP on this machine, and why. */
public final class EspBackends {
  /**
   * What the start-up probe found of one back-end.
   *
   * @param usable whether the library is there and passed every known answer
   * @param reason in words, for status: "self-test passed, AES-NI + VAES + AVX-512",
   *     "libcrypto.so.3 not found" …
   */
  public record Probe(String name, String version, boolean usable, String reason) {}

  /**
   * The choice.
   *
   * @param reason why this one, in words
   * @param probes all that were looked at, in order of preference
   */
  public record Choice(EspBackend backend, String reason, List<Probe> probes) {}

  private EspBackends() {}

  /**
   * Loads and self-tests the back-ends in order of preference, ipsec-mb, libcrypto, jce, and takes
   * the first that passes.
   *
   * @param wanted a back-end's name, or {@code auto}
   */
  public static Choice choose(String wanted) {
    throw new UnsupportedOperationException("choose " + wanted);
  }
}
