package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.FleetJson;
import dev.twinspan.agent.fleet.operator.FleetModel;
import dev.twinspan.agent.fleet.operator.FleetTable;
import dev.twinspan.agent.fleet.operator.Gathering;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import dev.twinspan.agent.fleet.operator.Severity;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinspan fleet ls}. */
@Command(
    name = "ls",
    description = {
      "Lists the boxes, worst first, and why they are not well.",
      "Listens until each box that is there has told how it is."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the broker answered (whatever the boxes do)", "1:it did not"})
final class FleetLsCommand implements Callable<Integer> {
  @Mixin private BrokerOptions broker = new BrokerOptions();

  @Option(names = "--site", paramLabel = "SITE", description = "Boxes of this site alone.")
  private @Nullable String site;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      split = ",",
      description = "These alone: ${COMPLETION-CANDIDATES}.")
  private List<Severity> states = List.of();

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description =
          "Listens for health that long at most; 0: only what the broker keeps, who is there."
              + " Default: ${DEFAULT-VALUE}, since a box tells it every 10 s.")
  private int wait = 12;

  static final class Form {
    @Option(names = "--json", description = "For machines.")
    boolean json;

    @Option(names = "--watch", description = "A live page; q leaves it.")
    boolean watch;
  }

  @ArgGroup private Form form = new Form();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    List<String> patterns =
        List.of((site == null ? "+" : FleetNames.topicLevel(spec, "site", site)) + "/+");
    FleetModel model = new FleetModel();
    try {
      if (form.watch) {
        return watch(patterns);
      }
      gather(patterns, model);
    } catch (IOException e) {
      throw BrokerOptions.failed(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
    List<FleetBox> boxes = model.worstFirst().stream().filter(this::wanted).toList();
    PrintWriter out = spec.commandLine().getOut();
    if (form.json) {
      out.print(Json.pretty(FleetJson.list(boxes)));
    } else {
      out.print(FleetTable.list(boxes, Instant.now()));
    }
    out.flush();
    return ExitCode.OK;
  }

  private void gather(List<String> patterns, FleetModel model)
      throws CommandFailure, IOException, InterruptedException {
    try (OperatorLink link = broker.connect()) {
      Gathering gathering = new Gathering(link, model);
      gathering.retained(patterns, List.of("about", "health"));
      gathering.health(Duration.ofSeconds(wait));
      if (link.overflow() > 0) {
        spec.commandLine()
            .getErr()
            .printf("twinspan: %d messages came faster than they could be read%n", link.overflow());
      }
    }
  }

  private int watch(List<String> patterns)
      throws CommandFailure, IOException, InterruptedException {
    if (!Terminal.isTerminal()) {
      throw new CommandFailure(
          ExitCode.USAGE, "--watch needs a terminal: use --json, or plain fleet ls");
    }
    return new FleetWatch(broker, patterns, this::wanted).run();
  }

  private boolean wanted(FleetBox box) {
    return states.isEmpty() || states.contains(box.severity());
  }
}
