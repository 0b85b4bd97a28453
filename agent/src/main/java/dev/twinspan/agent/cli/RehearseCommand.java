package dev.twinspan.agent.cli;

import dev.twinspan.agent.rehearse.RehearseMain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code twinspan rehearse …}: the virtual board has a command line of its own. */
@Command(
    name = "rehearse",
    description =
        "Plays an Azure gateway, its VNet and a branch on this machine; see rehearse --help.")
final class RehearseCommand implements Callable<Integer> {
  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    RehearseMain.main(arguments.toArray(String[]::new));
    return ExitCode.OK;
  }
}
