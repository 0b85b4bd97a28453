package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What this processor has that ESP is fast with.
 *
 * @param architecture {@code os.arch}: {@code amd64}, {@code aarch64}
 * @param features empty on an architecture that is not known here
 */
public record CpuFeatures(String architecture, Set<Feature> features) {
  /** Instruction sets; flag of /proc/cpuinfo on x86-64, bit of AT_HWCAP on aarch64. */
  public enum Feature {
    /** AES-NI, or the ARMv8 AES instructions. */
    AES("aes", 3),

    /** Carry-less multiplication, for GHASH: PCLMULQDQ, or PMULL. */
    CARRYLESS_MULTIPLY("pclmulqdq", 4),

    SHA1("sha_ni", 5),
    SHA256("sha_ni", 6),

    /** AES on 256 and 512 bits at once. */
    VAES("vaes", -1),

    VPCLMULQDQ("vpclmulqdq", -1),
    AVX2("avx2", -1),
    AVX512("avx512f", -1),

    /** Advanced SIMD (NEON). */
    NEON("", 1);

    private final String flag;
    private final int hwcapBit;

    Feature(String flag, int hwcapBit) {
      this.flag = flag;
      this.hwcapBit = hwcapBit;
    }
  }

  private static final long AT_HWCAP = 16;

  private static final MethodHandle GETAUXVAL = Downcall.GETAUXVAL.handle();

  public CpuFeatures {
    features = Set.copyOf(features);
  }

  /** Asks the machine. What it does not tell counts as absent. */
  public static CpuFeatures detect() {
    String architecture = System.getProperty("os.arch", "unknown");
    return switch (architecture) {
      case "amd64", "x86_64" -> new CpuFeatures(architecture, ofCpuinfo(cpuinfo()));
      case "aarch64" -> new CpuFeatures(architecture, ofHwcap(auxiliary(AT_HWCAP)));
      default -> new CpuFeatures(architecture, Set.of());
    };
  }

  public boolean has(Feature feature) {
    return features.contains(feature);
  }

  /** In words, for status: {@code amd64 with AES, carryless multiply, SHA1, …}. */
  public String describe() {
    if (!has(Feature.AES)) {
      return architecture + " without AES instructions: encryption is slow on this machine";
    }
    return EnumSet.copyOf(features).stream()
        .map(feature -> feature.name().replace('_', ' '))
        .map(name -> name.contains(" ") ? name.toLowerCase(Locale.ROOT) : name)
        .collect(Collectors.joining(", ", architecture + " with ", ""));
  }

  /** The flags every processor of a {@code /proc/cpuinfo} has. */
  static Set<Feature> ofCpuinfo(List<String> cpuinfo) {
    List<Set<String>> processors =
        cpuinfo.stream()
            .filter(line -> line.startsWith("flags"))
            .map(line -> Set.of(distinctWords(line.substring(line.indexOf(':') + 1))))
            .toList();
    if (processors.isEmpty()) {
      return Set.of();
    }
    Set<String> common = new HashSet<>(processors.getFirst());
    processors.forEach(common::retainAll);
    return select(feature -> common.contains(feature.flag));
  }

  private static String[] distinctWords(String text) {
    return Arrays.stream(text.strip().split("\\s+")).distinct().toArray(String[]::new);
  }

  static Set<Feature> ofHwcap(long hwcap) {
    return select(feature -> feature.hwcapBit >= 0 && (hwcap >>> feature.hwcapBit & 1) != 0);
  }

  private static Set<Feature> select(Predicate<Feature> present) {
    return Arrays.stream(Feature.values()).filter(present).collect(Collectors.toSet());
  }

  private static List<String> cpuinfo() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo"));
    } catch (IOException _) {
      return List.of();
    }
  }

  /** An entry of the auxiliary vector, getauxval(3); 0 when there is none. */
  static long auxiliary(long type) {
    try {
      return (long) GETAUXVAL.invokeExact(type);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
