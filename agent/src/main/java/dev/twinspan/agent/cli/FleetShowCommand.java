package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.FleetJson;
import dev.twinspan.agent.fleet.operator.FleetModel;
import dev.twinspan.agent.fleet.operator.FleetTable;
import dev.twinspan.agent.fleet.operator.Gathering;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan fleet show DEVICE}. */
@Command(
    name = "show",
    description = {
      "Shows all that a box has told: tunnels with their reasons, BGP, drops, configuration.",
      "Listens until it has told how it is."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the broker knows the box", "1:it does not, or did not answer"})
final class FleetShowCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DEVICE", description = "device.id of the box.")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private String device;

  @Mixin private BrokerOptions broker = new BrokerOptions();

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "Listens for its health that long at most. Default: ${DEFAULT-VALUE}")
  private int wait = 12;

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    FleetModel model = new FleetModel();
    try (OperatorLink link = broker.connect()) {
      Gathering gathering = new Gathering(link, model);
      gathering.retained(
          List.of("+/" + FleetNames.topicLevel(spec, "device", device)),
          List.of("about", "reported", "ota", "health", "event"));
      gathering.health(Duration.ofSeconds(wait));
    } catch (IOException e) {
      throw BrokerOptions.failed(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
    List<FleetBox> boxes = model.worstFirst();
    if (boxes.isEmpty()) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "the broker has never heard of %s: see twinspan fleet ls, or device.id and fleet: of its"
                  .formatted(device)
              + " configuration");
    }
    PrintWriter out = spec.commandLine().getOut();
    for (FleetBox box : boxes) {
      out.print(json ? Json.pretty(FleetJson.box(box)) : FleetTable.box(box, Instant.now()));
    }
    out.flush();
    return ExitCode.OK;
  }
}
