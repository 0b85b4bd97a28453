package dev.twinspan.agent.cli;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.status.StatusTable;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinspan status}. */
@Command(
    name = "status",
    description = "Shows the tunnels of a running agent, and why they are as they are.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the agent answered (whatever its tunnels do)", "1:it did not"})
final class StatusCommand implements Callable<Integer> {
  static final class Form {
    @Option(names = "--json", description = "For machines.")
    boolean json;

    @Option(names = "--watch", description = "A live page; q leaves it.")
    boolean watch;
  }

  @Mixin private SocketOption socket = new SocketOption();

  @ArgGroup private Form form = new Form();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure, IOException {
    StatusClient client = socket.client();
    PrintWriter out = spec.commandLine().getOut();
    try {
      if (form.watch) {
        if (!Terminal.isTerminal()) {
          throw new CommandFailure(
              ExitCode.USAGE, "--watch needs a terminal: use --json, or plain status");
        }
        return new WatchPage(client).run();
      }
      StatusClient.Answer answer = client.get("/v1/status");
      if (form.json) {
        out.print(Json.pretty(answer.body()));
      } else {
        out.print(StatusTable.render(StatusReader.status(answer.body())));
      }
      out.flush();
      return answer.ok() ? ExitCode.OK : ExitCode.FAILED;
    } catch (StatusClient.Unreachable | Json.Malformed e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
