package dev.twinspan.agent.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinspan bench}. */
@Command(
    name = "bench",
    description = "Measures what this machine can carry, and says which Azure gateway that fits.",
    subcommands = {
      CryptoBenchCommand.class,
      DatapathBenchCommand.class,
      SoakBenchCommand.class,
      ResultsCommand.class
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class BenchCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which bench?");
  }
}
