package dev.twinspan.agent.cli;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan tunnel reset|rekey NAME}. */
@Command(
    name = "tunnel",
    description = "Commands one tunnel of a running agent.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class TunnelCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "reset or rekey?");
  }

  @Command(
      name = "reset",
      description = "Deletes the tunnel's SAs and starts over; its flows move while it is down.",
      mixinStandardHelpOptions = true)
  int reset(
      @Parameters(paramLabel = "NAME", description = "CONNECTION/INSTANCE, see status.")
          String name,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The answer for machines.") boolean json)
      throws CommandFailure {
    return command(name, "/reset", socket, json);
  }

  @Command(
      name = "rekey",
      description = "Replaces the tunnel's keys without losing a packet.",
      mixinStandardHelpOptions = true)
  int rekey(
      @Parameters(paramLabel = "NAME", description = "CONNECTION/INSTANCE, see status.")
          String name,
      @Option(names = "--ike", description = "The IKE SA instead of the CHILD SA.") boolean ike,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The answer for machines.") boolean json)
      throws CommandFailure {
    return command(name, "/rekey?what=" + (ike ? "ike" : "child"), socket, json);
  }

  private int command(String name, String verb, SocketOption socket, boolean json)
      throws CommandFailure {
    String path = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("%2F", "/");
    try {
      StatusClient.Answer answer = socket.client().post("/v1/tunnels/" + path + verb);
      ControlResult result = StatusReader.result(answer.body());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.print(Json.pretty(answer.body()));
      } else if (result.ok()) {
        out.println(result.sentence());
      } else {
        throw new CommandFailure(ExitCode.FAILED, result.sentence());
      }
      out.flush();
      return result.ok() ? ExitCode.OK : ExitCode.FAILED;
    } catch (StatusClient.Unreachable | Json.Malformed e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
