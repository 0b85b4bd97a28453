package dev.twinspan.agent.fleet;

import dev.twinspan.agent.metrics.ProcessMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How the box does as a machine; NaN: not known.
 *
 * @param cpuSeconds processor time the agent has taken
 * @param memoryBytes the agent has in use
 * @param celsius of the first thermal zone
 */
record Machine(double cpuSeconds, double memoryBytes, double celsius) {
  private static final Path THERMAL = Path.of("/sys/class/thermal/thermal_zone0/temp");

  static Machine now() {
    return new Machine(ProcessMetrics.cpuSeconds(), ProcessMetrics.resident(), temperature());
  }

  private static double temperature() {
    try {
      return Integer.parseInt(Files.readString(THERMAL).strip()) / 1000.0;
    } catch (IOException | NumberFormatException _) {
      return Double.NaN; // a virtual machine has none
    }
  }
}
