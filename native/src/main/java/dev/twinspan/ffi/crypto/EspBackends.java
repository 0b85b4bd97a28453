package dev.twinspan.ffi.crypto;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which back-end carries ESP on this machine, and why. */
public final class EspBackends {
  /** The name that leaves the choice to {@link #choose}. */
  public static final String AUTO = "auto";

  /**
   * What the start-up probe found of one back-end.
   *
   * @param version library and instruction set; empty when it could not be loaded
   * @param usable whether the library is there and passed every known answer
   * @param reason in words, for status: "self-test passed: 72 known answers in 8 ms, keys locked in
   *     memory", "libcrypto.so.3 not found …" …
   */
  public record Probe(String name, String version, boolean usable, String reason) {}

  /**
   * The choice.
   *
   * @param reason why this one, in words
   * @param probes all that were looked at, in order of preference
   */
  public record Choice(EspBackend backend, String reason, List<Probe> probes) {
    public Choice {
      probes = List.copyOf(probes);
    }
  }

  /** Loads a library, or throws {@link EspBackendException}. */
  @FunctionalInterface
  private interface Opener {
    EspBackend open();
  }

  private record Candidate(String name, Opener opener) {}

  private static final List<Candidate> PREFERENCE =
      List.of(
          new Candidate("ipsec-mb", () -> ShimBackend.open(ShimBackend.Kind.IPSEC_MB)),
          new Candidate("libcrypto", () -> ShimBackend.open(ShimBackend.Kind.LIBCRYPTO)),
          new Candidate("jce", JceBackend::new));

  private static final Candidate FIPS =
      new Candidate("libcrypto-fips", () -> ShimBackend.open(ShimBackend.Kind.LIBCRYPTO_FIPS));

  private EspBackends() {}

  /** What {@link #choose} takes beside {@code auto}, in order of preference. */
  public static List<String> names() {
    return PREFERENCE.stream().map(Candidate::name).toList();
  }

  /**
   * OpenSSL's FIPS provider and nothing else.
   *
   * @throws EspBackendException when it cannot be used here, with what to install
   */
  public static Choice chooseFips() {
    List<Probe> probes = new ArrayList<>();
    Choice choice = firstUsable(List.of(FIPS), probes, () -> "FIPS mode; " + lastReason(probes));
    if (choice == null) {
      throw new EspBackendException(probes.getFirst().reason());
    }
    return choice;
  }

  /**
   * Loads and self-tests the back-ends in order of preference, ipsec-mb, libcrypto, jce, and takes
   * the first that passes.
   *
   * @param wanted a back-end's name, or {@code auto}; the setting {@code crypto.esp-backend}
   * @throws EspBackendException when the name is unknown, or what it names cannot be used here
   */
  public static Choice choose(String wanted) {
    List<Candidate> candidates =
        PREFERENCE.stream().filter(c -> wanted.equals(AUTO) || wanted.equals(c.name())).toList();
    if (candidates.isEmpty()) {
      throw new EspBackendException(
          "crypto.esp-backend is \"%s\", expected auto, ipsec-mb, libcrypto or jce"
              .formatted(wanted));
    }
    List<Probe> probes = new ArrayList<>();
    Choice choice = firstUsable(candidates, probes, () -> reason(wanted, probes));
    if (choice != null) {
      return choice;
    }
    throw new EspBackendException(
        "no ESP back-end can be used (crypto.esp-backend is \"%s\"): %s"
            .formatted(wanted, describe(probes)));
  }

  private static @Nullable Choice firstUsable(
      List<Candidate> candidates, List<Probe> probes, Supplier<String> reason) {
    List<KnownAnswer> answers = KnownAnswer.load();
    for (Candidate candidate : candidates) {
      try {
        EspBackend backend = candidate.opener().open();
        Probe probe = test(backend, answers);
        probes.add(probe);
        if (probe.usable()) {
          return new Choice(backend, reason.get(), probes);
        }
      } catch (EspBackendException e) {
        probes.add(new Probe(candidate.name(), "", false, words(e)));
      }
    }
    return null;
  }

  private static String lastReason(List<Probe> probes) {
    return probes.getLast().reason();
  }

  private static Probe test(EspBackend backend, List<KnownAnswer> answers) {
    String keys = keys(backend);
    long start = System.nanoTime();
    SelfTest.Result result = SelfTest.run(backend, answers);
    long milliseconds = (System.nanoTime() - start) / 1_000_000;
    String failure = result.failure();
    String reason =
        failure == null
            ? "self-test passed: %d known answers in %d ms, %s"
                .formatted(result.answers(), milliseconds, keys)
            : "self-test failed: " + failure;
    return new Probe(backend.name(), backend.version(), failure == null, reason);
  }

  private static String keys(EspBackend backend) {
    if (!(backend instanceof ShimBackend shim)) {
      return "keys on the Java heap";
    }
    return shim.locksKeys()
        ? "keys locked in memory"
        : "keys not locked in memory: raise LimitMEMLOCK (ulimit -l)";
  }

  private static String reason(String wanted, List<Probe> probes) {
    Probe chosen = probes.getLast();
    if (!wanted.equals(AUTO)) {
      return "crypto.esp-backend names it; " + chosen.reason();
    }
    List<Probe> passedOver = probes.subList(0, probes.size() - 1);
    return passedOver.isEmpty()
        ? "the fastest; " + chosen.reason()
        : "the fastest that can be used (%s); %s".formatted(describe(passedOver), chosen.reason());
  }

  private static String describe(List<Probe> probes) {
    return probes.stream().map(p -> p.name() + ": " + p.reason()).collect(Collectors.joining("; "));
  }

  private static String words(EspBackendException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
