package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig.TunnelDevice;
import dev.twinspan.agent.doctor.Cause;
import dev.twinspan.agent.doctor.CausePages;
import dev.twinspan.agent.doctor.Doctor;
import dev.twinspan.agent.doctor.DoctorJson;
import dev.twinspan.agent.doctor.DoctorText;
import dev.twinspan.agent.doctor.Evidence;
import dev.twinspan.agent.doctor.Finding;
import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.doctor.Host;
import dev.twinspan.agent.doctor.Reach;
import dev.twinspan.agent.doctor.Reaching;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinspan doctor}. */
@Command(
    name = "doctor",
    description = {
      "Says why something does not work, what shows it, and what to change here or in Azure.",
      "Looks at a running agent and at this box, and tries what the peers answer. Changes nothing."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:no problem (there may be warnings)", "1:a problem, or no agent to ask"})
final class DoctorCommand implements Callable<Integer> {
  /** For the kernel's counters, where something could make them grow. */
  private static final Duration OBSERVED = Duration.ofSeconds(2);

  @Mixin private SocketOption socket = new SocketOption();

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Option(
      names = "--explain",
      paramLabel = "CAUSE",
      description = "What is known of a cause; all asks for each.")
  private @Nullable String explain;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "The tunnels' device (tunnel-device.name). Default: ${DEFAULT-VALUE}",
      defaultValue = "twinspan0")
  private String device = "twinspan0";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (explain != null) {
      out.print(pages(explain));
      out.flush();
      return ExitCode.OK;
    }
    AgentStatus status = status();
    Host before = Host.read(device, TunnelDevice.DEFAULT.mtu(), false);
    long began = System.nanoTime();
    Map<String, Reach> reaches = Reaching.of(status);
    Thread.sleep(Duration.ofNanos(Math.max(0, began + OBSERVED.toNanos() - System.nanoTime())));
    Host after = Host.read(device, TunnelDevice.DEFAULT.mtu(), true);
    List<Finding> findings =
        Doctor.examine(new Evidence(status, status(), reaches, after.since(before)));
    out.print(
        json
            ? Json.pretty(DoctorJson.tree(status, findings))
            : DoctorText.render(status, findings));
    out.flush();
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.PROBLEM)
        ? ExitCode.FAILED
        : ExitCode.OK;
  }

  private AgentStatus status() throws CommandFailure {
    try {
      return socket.client().status();
    } catch (StatusClient.Unreachable e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private String pages(String code) {
    if (code.equals("all")) {
      return Stream.of(Cause.values()).map(CausePages::page).collect(Collectors.joining());
    }
    return Cause.of(code)
        .map(CausePages::page)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "no cause %s: expected all or one of %s"
                        .formatted(
                            code,
                            Stream.of(Cause.values())
                                .map(Cause::code)
                                .collect(Collectors.joining(", ")))));
  }
}
