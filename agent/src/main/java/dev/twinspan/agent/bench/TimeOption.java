package dev.twinspan.agent.bench;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How long a bench takes. */
final class TimeOption {
  private static final int MAX_SECONDS = 3600;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "12",
      description = "For all of it together; ${DEFAULT-VALUE} unless given.")
  private int seconds = 12;

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  void check(int least) {
    BenchOptions.checkRange(spec, "--seconds", seconds, least, MAX_SECONDS);
  }

  Duration time() {
    return Duration.ofSeconds(seconds);
  }
}
