package dev.twinspan.agent.cli;

import dev.twinspan.agent.bench.BenchCommand;
import dev.twinspan.agent.rehearse.RehearseCommand;
import dev.twinspan.agent.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The program {@code twinspan}. */
@Command(
    name = "twinspan",
    description = "The branch-office end of an Azure VPN: one tunnel to each gateway instance.",
    subcommands = {
      UpCommand.class,
      CheckCommand.class,
      ImportCommand.class,
      StatusCommand.class,
      MetricsCommand.class,
      DoctorCommand.class,
      FleetCommand.class,
      TunnelCommand.class,
      CaptureCommand.class,
      KeepalivedCommand.class,
      RehearseCommand.class,
      BenchCommand.class,
      UpdateCommand.class,
      BoardCommand.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionText.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the command did what it says",
      "1:it was understood but did not succeed; the reason is on standard error",
      "2:the command line or the configuration is wrong"
    },
    footer = {
      "",
      "First steps: twinspan import azure FILE, twinspan check FILE, twinspan up --config FILE,"
          + " twinspan status --watch"
    })
public final class Main implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    System.out.flush();
    System.exit(exitCode);
  }

  static CommandLine commandLine() {
    CommandLine commands = new CommandLine(new Main());
    Ansi ansi = Terminal.wantsColour() ? Ansi.ON : Ansi.OFF;
    return commands
        .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(96)
        .setParameterExceptionHandler(Main::wrongArguments)
        .setExecutionExceptionHandler(Main::failed);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  private static int wrongArguments(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("twinspan: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr());
    command.getErr().printf("Try '%s --help'.%n", command.getCommandSpec().qualifiedName());
    return ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof CommandFailure failure) {
      command.getErr().println("twinspan: " + failure.getMessage());
      return failure.exitCode();
    }
    command.getErr().println("twinspan: a fault in twinspan itself, please report it:");
    e.printStackTrace(command.getErr());
    return ExitCode.FAILED;
  }
}
