package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.BrokerAddress;
import dev.twinspan.agent.fleet.load.LoadPlan;
import dev.twinspan.agent.fleet.load.LoadReport;
import dev.twinspan.agent.fleet.load.LoadRun;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinspan fleet simulate}. */
@Command(
    name = "simulate",
    description = {
      "Puts a fleet of boxes that do not exist on a broker, and tells whether it kept up.",
      "Each has an MQTT 5 session of its own, is born, tells its health, and obeys commands.",
      "They are cleared from the broker at the end."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nobody was lost or refused, and all that was sent was seen",
      "1:the broker did not keep up"
    })
final class FleetSimulateCommand implements Callable<Integer> {
  private static final String CLEAR = "\r\u001b[K";

  @Option(
      names = "--broker",
      required = true,
      paramLabel = "URI",
      description = "mqtts://HOST[:PORT], or mqtt://127.0.0.1[:PORT] without TLS on this machine.")
  private String broker = "";

  @Option(
      names = "--certificates",
      paramLabel = "DIR",
      description = "ca.pem, and NAME.pem and NAME.key for each box and the observer.")
  private @Nullable Path certificates;

  @Option(names = "--boxes", description = "How many. Default: ${DEFAULT-VALUE}")
  private int boxes = 100;

  @Option(names = "--seconds", description = "Once all are there. Default: ${DEFAULT-VALUE}")
  private int seconds = 60;

  @Option(names = "--connects", description = "A second. Default: ${DEFAULT-VALUE}")
  private int connects = 200;

  @Option(
      names = "--health-interval",
      paramLabel = "SECONDS",
      description = "Of each box. Default: ${DEFAULT-VALUE}")
  private int healthInterval = 10;

  @Option(
      names = "--events",
      description = "A second, of all boxes together. Default: ${DEFAULT-VALUE}")
  private double events = 1;

  @Option(
      names = "--faulty",
      paramLabel = "PERCENT",
      description = "Boxes with a tunnel that is not well. Default: ${DEFAULT-VALUE}")
  private int faulty = 2;

  @Option(names = "--site", description = "Of all boxes. Default: ${DEFAULT-VALUE}")
  private String site = "simulated";

  @Option(
      names = "--prefix",
      description = "Of their names; five digits follow. Default: ${DEFAULT-VALUE}")
  private String prefix = "sim-";

  @Option(
      names = "--observer",
      paramLabel = "NAME",
      description = "Whose certificate listens to all. Default: ${DEFAULT-VALUE}")
  private String observer = "viewer";

  @Option(names = "--unobserved", description = "Nobody listens.")
  private boolean unobserved;

  @Option(names = "--json", description = "The result for machines.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    LoadPlan plan = plan();
    String obstacle = plan.obstacle();
    if (obstacle != null) {
      throw new CommandFailure(ExitCode.FAILED, obstacle);
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean draw = Terminal.isTerminal(2);
    LoadReport report;
    try (LoadRun run = new LoadRun(plan)) {
      report =
          run.run(
              now -> {
                if (draw) {
                  err.print(CLEAR + now.progress());
                  err.flush();
                }
              });
    } catch (IOException e) {
      throw BrokerOptions.failed(e);
    } finally {
      if (draw) {
        err.print(CLEAR);
        err.flush();
      }
    }
    out.print(json ? Json.pretty(report.tree()) : report.text());
    out.flush();
    return report.passed() ? ExitCode.OK : ExitCode.FAILED;
  }

  private LoadPlan plan() {
    BrokerAddress address;
    try {
      address = BrokerAddress.parse(broker);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
    if (address.tls() && certificates == null) {
      throw new ParameterException(
          spec.commandLine(), "each box needs a certificate of its own: --certificates DIR");
    }
    atLeast("--boxes", boxes, 1);
    atLeast("--connects", connects, 1);
    atLeast("--health-interval", healthInterval, 1);
    return new LoadPlan(
        address,
        certificates,
        boxes,
        FleetNames.topicLevel(spec, "--site", site),
        FleetNames.topicLevel(spec, "--prefix", prefix),
        connects,
        Duration.ofSeconds(seconds),
        Duration.ofSeconds(healthInterval),
        events,
        faulty / 100.0,
        unobserved ? null : observer);
  }

  private void atLeast(String option, int value, int least) {
    if (value < least) {
      throw new ParameterException(
          spec.commandLine(), "%s %d: expected at least %d".formatted(option, value, least));
    }
  }
}
