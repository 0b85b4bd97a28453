package dev.twinspan.agent.bench;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.ffi.linux.CpuFeatures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a figure was measured on.
 *
 * @param model of the board, where it tells, else of the processor
 * @param instructions what ESP is fast with, in words
 * @param load of the last minute when it began; a loaded machine measures slow
 */
record Machine(String model, int cores, String instructions, String kernel, String load) {
  static Machine detect() {
    return new Machine(
        modelName(),
        Runtime.getRuntime().availableProcessors(),
        CpuFeatures.detect().describe(),
        System.getProperty("os.version", "unknown"),
        read("/proc/loadavg").map(line -> line.split(" ", 2)[0]).orElse("unknown"));
  }

  private static String modelName() {
    return read("/sys/firmware/devicetree/base/model")
        .or(() -> processor(read("/proc/cpuinfo").orElse("")))
        .orElse("unknown");
  }

  static Optional<String> processor(String cpuinfo) {
    return cpuinfo
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  /** Without the zero that ends a device tree's strings. */
  private static Optional<String> read(String file) {
    try {
      String text = Files.readString(Path.of(file), StandardCharsets.UTF_8);
      return Optional.of(text.replace("\0", "").strip());
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  String sentence() {
    return "%s, %d cores, %s; kernel %s, load %s"
        .formatted(model, cores, instructions, kernel, load);
  }

  void writeTo(ObjectNode json) {
    json.put("model", model)
        .put("cores", cores)
        .put("instructions", instructions)
        .put("kernel", kernel)
        .put("load", load)
        .put("twinspan", BuildInfo.load().toString());
  }
}
