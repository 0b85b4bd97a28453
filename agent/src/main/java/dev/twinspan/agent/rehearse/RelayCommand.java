package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.RelayHost;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code twinspan rehearse relay}: what delays packets on the bench. */
@Command(
    name = "relay",
    hidden = true,
    description = "Delays the bench's packets, as told on standard input.")
final class RelayCommand implements Callable<Integer> {
  @Override
  public Integer call() throws IOException {
    new RelayHost().run(TrafficCommand.standardInput());
    return 0;
  }
}
