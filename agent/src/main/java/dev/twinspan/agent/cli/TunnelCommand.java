package dev.twinspan.agent.cli;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.status.TraceJson;
import dev.twinspan.agent.status.TracedMessage;
import dev.twinspan.agent.terminal.Terminal;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan tunnel reset|rekey|drain|undrain|drill|trace NAME}. */
@Command(
    name = "tunnel",
    description = "Commands one tunnel of a running agent.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class TunnelCommand implements Runnable {
  /** How often a followed trace is asked for. */
  private static final Duration FOLLOW = Duration.ofMillis(300);

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "reset, rekey, drain, undrain, drill or trace?");
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

  @Command(
      name = "drain",
      description = {
        "Moves the tunnel's flows to the others without losing a packet, then closes it.",
        "It stays closed until undrain, or until the agent starts anew."
      },
      mixinStandardHelpOptions = true)
  int drain(
      @Parameters(paramLabel = "NAME", description = "CONNECTION/INSTANCE, see status.")
          String name,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The answer for machines.") boolean json)
      throws CommandFailure {
    return command(name, "/drain", socket, json);
  }

  @Command(
      name = "undrain",
      description = "Opens a drained tunnel again; it gets its share of flows back.",
      mixinStandardHelpOptions = true)
  int undrain(
      @Parameters(paramLabel = "NAME", description = "CONNECTION/INSTANCE, see status.")
          String name,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The answer for machines.") boolean json)
      throws CommandFailure {
    return command(name, "/undrain", socket, json);
  }

  @Command(
      name = "drill",
      description = {
        "Drains each tunnel in turn, brings it back, and tells what that cost; waits for the end.",
        "Never one whose neighbour is not healthy, and never two at once."
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {"0:nothing was lost", "1:something was, or a tunnel could not be drilled"})
  int drill(
      @Parameters(
              paramLabel = "NAME",
              arity = "0..1",
              defaultValue = "",
              description = "CONNECTION/INSTANCE, see status. Default: all that have a neighbour.")
          String name,
      @Mixin SocketOption socket,
      @Option(names = "--json", description = "The reports for machines.") boolean json)
      throws CommandFailure {
    StatusClient client = socket.client();
    try {
      StatusClient.Answer begun =
          client.post(name.isEmpty() ? "/v1/drill" : "/v1/tunnels/" + encoded(name) + "/drill");
      ControlResult result = StatusReader.result(begun.body());
      if (!result.ok()) {
        throw new CommandFailure(ExitCode.FAILED, result.sentence());
      }
      return new DrillWatch(client, spec.commandLine().getOut(), json).follow();
    } catch (StatusClient.Unreachable | Json.Malformed e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  @Command(
      name = "trace",
      description = {
        "Shows the tunnel's latest IKE messages as a message-sequence chart.",
        "Retransmissions stand as one line with their count.",
        "Keys, nonces and proofs are told by their length alone."
      },
      mixinStandardHelpOptions = true)
  int trace(
      @Parameters(paramLabel = "NAME", description = "CONNECTION/INSTANCE, see status.")
          String name,
      @Option(names = "--follow", description = "Goes on with each new message, until Ctrl-C.")
          boolean follow,
      @Mixin SocketOption socket,
      @Option(
              names = "--json",
              description = "The messages for machines; with --follow one a line.")
          boolean json)
      throws CommandFailure {
    String path = "/v1/tunnels/" + encoded(name) + "/trace?after=";
    PrintWriter out = spec.commandLine().getOut();
    TraceChart chart = new TraceChart(Terminal.wantsColour());
    try {
      long after = 0;
      do {
        StatusClient.Answer answer = socket.client().get(path + after);
        if (!answer.ok()) {
          throw new CommandFailure(ExitCode.FAILED, StatusReader.result(answer.body()).sentence());
        }
        List<TracedMessage> messages = TraceJson.read(answer.body());
        if (json && !follow) {
          out.print(Json.pretty(answer.body()));
        } else if (json) {
          answer.body().path("messages").forEach(message -> out.println(Json.compact(message)));
        } else {
          if (after == 0) {
            chart.header(name).forEach(out::println);
          }
          messages.forEach(message -> chart.lines(message).forEach(out::println));
        }
        out.flush();
        after = messages.isEmpty() ? Math.max(after, 1) : messages.getLast().sequence();
        if (follow) {
          Thread.sleep(FOLLOW);
        }
      } while (follow);
      return ExitCode.OK;
    } catch (StatusClient.Unreachable | Json.Malformed e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.OK;
    }
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("%2F", "/");
  }

  private int command(String name, String verb, SocketOption socket, boolean json)
      throws CommandFailure {
    String path = encoded(name);
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
