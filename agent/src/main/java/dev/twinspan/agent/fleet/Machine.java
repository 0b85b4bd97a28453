package dev.twinspan.agent.fleet;

import dev.twinspan.agent.metrics.ProcessMetrics;

/**
 * How the box does as a machine; NaN: not known.
 *
 * @param cpuSeconds processor time the agent has taken
 * @param memoryBytes the agent has in use
 * @param celsius of the thermal zone that its board names
 */
record Machine(double cpuSeconds, double memoryBytes, double celsius) {
  static Machine now() {
    return new Machine(
        ProcessMetrics.cpuSeconds(), ProcessMetrics.resident(), Thermometer.OfBox.HERE.celsius());
  }
}
