package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.Answer;
import dev.twinspan.agent.fleet.operator.Configuration;
import dev.twinspan.agent.fleet.operator.Errand;
import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan fleet apply DEVICE… --config FILE}. */
@Command(
    name = "apply",
    description = {
      "Gives boxes a configuration, and waits for what comes of it.",
      "It is checked here first, but for the files it names, which are on the box; one that holds a"
          + " secret is not sent. A box takes one back by itself that costs it its tunnels or this"
          + " link."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:in force on all boxes, or withdrawn",
      "1:refused or rolled back by one, not answered, or refused by the broker",
      "2:wrong here already; nothing was sent"
    })
final class FleetApplyCommand implements Callable<Integer> {
  private static final Duration TAKES = Duration.ofMinutes(5);
  private static final DateTimeFormatter VERSION = DateTimeFormatter.ofPattern("yyyy-MM-dd.HHmmss");

  @Parameters(
      index = "0..*",
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "device.id of each box.")
  private List<String> devices = List.of();

  static final class Wanted {
    @Option(
        names = "--config",
        paramLabel = "FILE|DIR",
        description = "The configuration, or a folder with a DEVICE.yaml for each box.")
    @Nullable Path config;

    @Option(
        names = "--withdraw",
        description = {
          "Has the broker keep none for them any more: a trial under way is rolled back, what is in"
              + " force stays."
        })
    boolean withdraw;
  }

  @ArgGroup(multiplicity = "1")
  private Wanted wanted = new Wanted();

  @Option(
      names = "--as",
      paramLabel = "VERSION",
      description = "What it is to be called. Default: the time, as 2026-11-22.031800")
  private @Nullable String version;

  @Mixin private ErrandOptions options = new ErrandOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    String named =
        version == null
            ? VERSION.format(LocalDateTime.now(ZoneOffset.UTC))
            : FleetNames.topicLevel(spec, "--as", version);
    FleetTargets targets = options.targets(devices);
    if (wanted.withdraw && version != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--as names a configuration, and --withdraw gives none: leave one out");
    }
    try (OperatorLink link = options.connect()) {
      List<FleetBox> boxes = targets.find(link, List.of("about"));
      if (wanted.withdraw) {
        return options.run(link, errands(boxes, "withdrawn"), TAKES, new Withdrawal());
      }
      Map<String, Configuration> each = new HashMap<>();
      for (FleetBox box : boxes) {
        each.put(box.device(), configuration(box));
      }
      link.subscribe(targets.topics("reported"), 1);
      return options.run(link, errands(boxes, named), TAKES, trade(each));
    } catch (IOException e) {
      throw BrokerOptions.failed(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  private static List<Errand> errands(List<FleetBox> boxes, String version) {
    return boxes.stream().map(box -> new Errand(box.site(), box.device(), version)).toList();
  }

  private Configuration configuration(FleetBox box) throws CommandFailure {
    Path config = Objects.requireNonNull(wanted.config);
    Path file = Files.isDirectory(config) ? config.resolve(box.device() + ".yaml") : config;
    try {
      return Configuration.read(file, box.site(), box.device());
    } catch (Configuration.Unfit e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage() + "\nnothing was sent");
    }
  }

  private static ErrandLoop.Trade trade(Map<String, Configuration> each) {
    return new ErrandLoop.Trade() {
      @Override
      public String answers() {
        return "reported";
      }

      @Override
      public void send(OperatorLink link, Errand errand) throws IOException {
        link.retain(errand.topic("desired"), of(errand).payload(errand.id()));
      }

      @Override
      public @Nullable Answer read(Errand errand, byte[] answer) {
        return Answer.reported(answer, errand.id(), of(errand).hash());
      }

      private Configuration of(Errand errand) {
        return Objects.requireNonNull(each.get(errand.device()));
      }
    };
  }

  /** Nothing answers an empty message: it is done when the broker has it. */
  private static final class Withdrawal implements ErrandLoop.Trade {
    @Override
    public String answers() {
      return "desired";
    }

    @Override
    public void send(OperatorLink link, Errand errand) throws IOException {
      link.retain(errand.topic("desired"), new byte[0]);
    }

    @Override
    public boolean doneWhenSent() {
      return true;
    }

    @Override
    public @Nullable Answer read(Errand errand, byte[] payload) {
      return null;
    }
  }
}
