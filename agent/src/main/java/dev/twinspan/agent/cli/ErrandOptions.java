package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.Errand;
import dev.twinspan.agent.fleet.operator.Errands;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the {@code fleet} commands that have many boxes do something have in common. */
final class ErrandOptions {
  static final int MOST_PARALLEL = 1000;
  static final int MOST_SECONDS = 86_400;

  @Option(
      names = "--site",
      paramLabel = "SITE",
      description = "All boxes of this site that the broker knows; with DEVICE: those there.")
  private @Nullable String site;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Waits for each box that long. Default: as long as it may take.")
  private @Nullable Integer timeout;

  @Option(names = "--parallel", description = "Boxes at a time. Default: ${DEFAULT-VALUE}")
  private int parallel = 8;

  @Option(names = "--json", description = "One line for each step, for machines.")
  private boolean json;

  @Mixin private BrokerOptions broker = new BrokerOptions();

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  /** Before anything is sent; {@link ParameterException} where an option is out of bounds. */
  FleetTargets targets(List<String> devices) {
    between("--parallel", parallel, MOST_PARALLEL);
    if (timeout != null) {
      between("--timeout", timeout, MOST_SECONDS);
    }
    return new FleetTargets(spec, devices, site);
  }

  OperatorLink connect() throws CommandFailure {
    return broker.connect();
  }

  /**
   * Has it done.
   *
   * @param usual how long it may take for each box, unless the command line says otherwise
   * @return the exit code
   */
  int run(OperatorLink link, List<Errand> each, Duration usual, ErrandLoop.Trade trade)
      throws IOException, InterruptedException {
    Duration limit = timeout == null ? usual : Duration.ofSeconds(timeout);
    Errands errands = new Errands(each, parallel, limit);
    return new ErrandLoop(link, errands, trade, spec.commandLine().getOut(), json).run();
  }

  private void between(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new ParameterException(
          spec.commandLine(), "%s %d: expected 1 to %d".formatted(option, value, most));
    }
  }
}
