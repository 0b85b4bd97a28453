package dev.twinspan.datapath;

import dev.twinspan.ffi.crypto.CryptoHelpers;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.SharedBackend;

/** Back-ends by name; {@code shared NAME}: each call, however short, is shared with two helpers. */
final class TestBackend {
  private static final String SHARED = "shared ";

  private TestBackend() {}

  private static final class Helpers {
    static final CryptoHelpers ALL = new CryptoHelpers(2, 0);
  }

  static EspBackend of(String name) {
    return name.startsWith(SHARED)
        ? new SharedBackend(of(name.substring(SHARED.length())), Helpers.ALL, 0)
        : EspBackends.choose(name).backend();
  }
}
