package dev.twinspan.ffi.crypto;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The back-ends this machine has; each test runs on all of them. */
final class TestBackends {
  private static final List<EspBackend> ALL = all();
  private static final List<EspBackend> WITH_SHARED = withShared();

  private TestBackends() {}

  static List<EspBackend> list() {
    return ALL;
  }

  /** Those, and each that can be shared with helpers, however little there is to do. */
  static List<EspBackend> andShared() {
    return WITH_SHARED;
  }

  static List<String> names() {
    return ALL.stream().map(EspBackend::name).toList();
  }

  /** Skips, saying so, what this machine cannot test. */
  static void assume(String name) {
    Assumptions.assumeTrue(names().contains(name), name + " is not on this machine");
  }

  private static List<EspBackend> withShared() {
    List<EspBackend> found = new ArrayList<>(ALL);
    CryptoHelpers helpers = new CryptoHelpers(2, 0);
    ALL.stream()
        .filter(backend -> backend instanceof ShimBackend)
        .forEach(backend -> found.add(new SharedBackend(backend, helpers, 0)));
    return found;
  }

  private static List<EspBackend> all() {
    List<EspBackend> found = new ArrayList<>();
    for (ShimBackend.Kind kind : ShimBackend.Kind.values()) {
      try {
        found.add(ShimBackend.open(kind));
      } catch (EspBackendException e) {
        System.err.println("not tested: " + kind.title + ": " + e.getMessage());
      }
    }
    found.add(new JceBackend());
    return found;
  }
}
