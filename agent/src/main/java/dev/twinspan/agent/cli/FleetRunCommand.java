package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.Answer;
import dev.twinspan.agent.fleet.operator.Errand;
import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code twinspan fleet run VERB DEVICE…}. */
@Command(
    name = "run",
    description = {
      "Has boxes do something, and tells how far each is until it is over.",
      "A box carries a command out once, however often it arrives, and not after it has expired."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all boxes did it",
      "1:one did not: failed, rejected, expired, unanswered, or refused by the broker",
      "2:the command line is wrong, or a dangerous command was not confirmed"
    })
final class FleetRunCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "VERB",
      converter = FleetVerb.Converter.class,
      completionCandidates = FleetVerb.Candidates.class,
      description = "${COMPLETION-CANDIDATES}.")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private FleetVerb verb;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "device.id of each box.")
  private List<String> devices = List.of();

  @Option(names = "--tunnel", paramLabel = "NAME", description = "CONNECTION/INSTANCE.")
  private @Nullable String tunnel;

  @Option(names = "--ike", description = "rekey: the IKE SA instead of the CHILD SA.")
  private boolean ike;

  @Option(
      names = "--seconds",
      description = "capture, speed-test: for how long; log-level: until the old one is back.")
  private @Nullable Integer seconds;

  @Option(names = "--level", description = "log-level: debug, info or warn.")
  private @Nullable String level;

  @Option(names = "--url", description = "update: where the bundle is, https://…")
  private @Nullable String url;

  @Option(names = "--sha256", description = "update: digest of the bundle.")
  private @Nullable String sha256;

  @Option(names = "--size", paramLabel = "BYTES", description = "update: size of the bundle.")
  private @Nullable Integer size;

  @Option(names = "--force", description = "update: also a version that is no newer.")
  private boolean force;

  @Option(
      names = "--at",
      description =
          "update: when the box starts anew: now, by-hand, or from and to in UTC, as 01:30-04:00.")
  private @Nullable String at;

  @Option(
      names = "--expire",
      paramLabel = "SECONDS",
      description = "A box that gets it later does not do it, 1 to 3600. Default: ${DEFAULT-VALUE}")
  private int expire = 30;

  @Option(names = "--yes", description = "Does not ask before reset, reboot and update.")
  private boolean yes;

  @Mixin private ErrandOptions options = new ErrandOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    ObjectNode arguments = arguments();
    between("--expire", expire, 3600);
    FleetTargets targets = options.targets(devices);
    try (OperatorLink link = options.connect()) {
      List<FleetBox> boxes = targets.find(link, List.of("about"));
      for (FleetBox box : boxes) {
        able(box);
      }
      if (verb.dangerous() && !yes) {
        confirm(boxes);
      }
      link.subscribe(targets.topics("ack/+"), 1);
      List<Errand> each =
          boxes.stream()
              .map(box -> new Errand(box.site(), box.device(), OperatorLink.newId()))
              .toList();
      byte[] payload = Json.compact(arguments).getBytes(StandardCharsets.UTF_8);
      return options.run(link, each, limit(), trade(payload));
    } catch (IOException e) {
      throw BrokerOptions.failed(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  private ErrandLoop.Trade trade(byte[] payload) {
    return new ErrandLoop.Trade() {
      @Override
      public String answers() {
        return "ack/{id}";
      }

      @Override
      public void send(OperatorLink link, Errand errand) throws IOException {
        link.command(
            errand.topic("cmd/" + verb.word()),
            payload,
            errand.id(),
            Duration.ofSeconds(expire),
            errand.topic("ack/" + errand.id()));
      }

      @Override
      public @Nullable Answer read(Errand errand, byte[] answer) {
        return Answer.ack(answer, errand.id());
      }
    };
  }

  private Duration limit() {
    return Duration.ofSeconds((long) expire + verb.seconds() + (seconds == null ? 0 : seconds));
  }

  /** What an agent says of itself is asked before, so that the answer is a sentence. */
  private void able(FleetBox box) throws CommandFailure {
    JsonNode about = box.about();
    if (about != null) {
      for (JsonNode capability : about.path("capabilities")) {
        if (capability.asString("").equals("cmd/" + verb.word())) {
          return;
        }
      }
    }
    throw new CommandFailure(
        ExitCode.FAILED,
        "%s (twinspan %s) does not know %s: nothing was sent"
            .formatted(Terminal.line(box.device()), Terminal.line(box.version()), verb.word()));
  }

  private void confirm(List<FleetBox> boxes) throws CommandFailure {
    String what =
        "%s on %s"
            .formatted(
                verb.word(),
                boxes.size() == 1
                    ? Terminal.line(boxes.getFirst().device())
                    : boxes.size() + " boxes");
    if (!Terminal.isTerminal(0) || !Terminal.isTerminal(2)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          what + " interrupts what they carry: say --yes where nobody can be asked");
    }
    spec.commandLine().getErr().printf("%s? It interrupts what they carry. [y/N] ", what);
    spec.commandLine().getErr().flush();
    String answer = FleetNames.line(System.in);
    if (!answer.equalsIgnoreCase("y") && !answer.equalsIgnoreCase("yes")) {
      throw new CommandFailure(ExitCode.USAGE, "nothing was sent");
    }
  }

  private ObjectNode arguments() {
    ObjectNode tree = Json.object();
    text(tree, "tunnel", tunnel);
    text(tree, "level", level);
    text(tree, "url", url);
    text(tree, "sha256", sha256);
    text(tree, "at", at);
    if (size != null) {
      fits("size");
      tree.put("size", size);
    }
    if (force) {
      fits("force");
      tree.put("force", true);
    }
    if (ike) {
      fits("ike");
      tree.put("ike", true);
    }
    if (seconds != null) {
      fits("seconds");
      between("--seconds", seconds, 3600);
      tree.put("seconds", seconds);
    }
    for (String needed : verb.needed()) {
      if (!tree.has(needed)) {
        throw wrong("%s needs --%s".formatted(verb.word(), needed));
      }
    }
    return tree;
  }

  private void text(ObjectNode tree, String name, @Nullable String value) {
    if (value != null) {
      fits(name);
      tree.put(name, value);
    }
  }

  private void fits(String argument) {
    if (!verb.arguments().contains(argument)) {
      throw wrong("%s takes no --%s".formatted(verb.word(), argument));
    }
  }

  private void between(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw wrong("%s %d: expected 1 to %d".formatted(option, value, most));
    }
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
