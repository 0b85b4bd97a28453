package dev.twinspan.agent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinspan fleet COMMAND}: the operator's side of the fleet. */
@Command(
    name = "fleet",
    description = "Sees and steers all boxes of a fleet, over its MQTT broker.",
    subcommands = {
      FleetLsCommand.class,
      FleetShowCommand.class,
      FleetApplyCommand.class,
      FleetRunCommand.class,
      FleetServeCommand.class,
      FleetSimulateCommand.class
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class FleetCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which one? " + String.join(", ", spec.subcommands().keySet()));
  }
}
