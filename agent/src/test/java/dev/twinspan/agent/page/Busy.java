package dev.twinspan.agent.page;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Processor time that processes have taken, all threads of them, as the kernel counts it. */
record Busy(long at, Duration taken) {
  static Busy of(List<ProcessHandle> processes) {
    Duration sum =
        processes.stream()
            .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
            .reduce(Duration.ZERO, Duration::plus);
    return new Busy(System.nanoTime(), sum);
  }

  /** Percent of one core until then. */
  String until(Busy later) {
    double share = (later.taken.toNanos() - taken.toNanos()) / (double) (later.at - at);
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }
}
