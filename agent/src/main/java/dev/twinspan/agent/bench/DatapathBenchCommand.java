package dev.twinspan.agent.bench;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.datapath.DatapathConfig;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.KernelException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinspan bench datapath}. */
@Command(
    name = "datapath",
    description = {
      "The whole way of a packet, through this kernel: a TCP flow in a tunnel between two network",
      "namespaces, both ends on this machine, AES-256-GCM. Nanoseconds of processor a packet for"
          + " each",
      "direction, where they go, and the library's own share measured beside it."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured",
      "1:a namespace, a TUN or a socket was refused, traffic did not get through, or a program of"
          + " --vs is not there; the reason is on standard error",
      "2:the command line is wrong"
    })
final class DatapathBenchCommand implements Callable<Integer> {
  private static final EspTransform TRANSFORM = EspTransform.AES_GCM_256;

  /** In ESP, UDP and IPv4 it fills 1500 bytes. */
  private static final int MTU = CryptoReport.LARGE;

  private static final int LEAST_SECONDS = 2;

  /** A figure is a median of five slices of a second at the least, unless told. */
  private static final int ROUNDS = 5;

  private static final int MAX_ROUNDS = 1000;

  /** As the configuration's. */
  private static final int MAX_BUSY_POLL = 10_000;

  private static final Duration LEAST_SLICE = Duration.ofMillis(150);
  private static final int SLICES_IN_TIME = 12;

  /** Small packets and the parts of the path take a quarter of the time each, on top of it. */
  private static final int MORE = 4;

  @Mixin private BenchOptions options = new BenchOptions();

  @Mixin private TimeOption time = new TimeOption();

  @Option(
      names = "--vs",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Compares with others in the same run, in turns: strongswan (its user-space ESP),"
            + " wireguard-go, xfrm and wireguard (the kernel's own, where it has them)."
            + " One TCP flow, and eight over two tunnels. Needs root."
      })
  private List<String> versus = List.of();

  @Option(
      names = "--latency",
      description =
          "Also what the tunnel adds to the latency of a packet each millisecond, alone and beside"
              + " a TCP flow; takes --seconds once more.")
  private boolean latency;

  @Option(
      names = "--busy-poll",
      paramLabel = "MICROS",
      defaultValue = "0",
      description =
          "How long the loops go on looking before they sleep, as tunnel-device.busy-poll;"
              + " ${DEFAULT-VALUE} unless given.")
  private int busyPoll;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "" + ROUNDS,
      description =
          "Of the comparison; ${DEFAULT-VALUE} unless given. A slice of a round is a twelfth of"
              + " --seconds, and these come on top of it.")
  private int rounds = ROUNDS;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    options.check();
    time.check(LEAST_SECONDS);
    BenchOptions.checkRange(spec, "--busy-poll", busyPoll, 0, MAX_BUSY_POLL);
    List<Rival> rivals = rivals();
    try {
      rivals.forEach(DatapathBenchCommand::require);
      options.print(
          measure(options.helped(EspBackends.choose(options.backend()).backend()), rivals));
      return 0;
    } catch (KernelException | BenchException e) {
      options.err().println("twinspan: " + e.getMessage());
      return 1;
    } catch (IOException e) {
      options
          .err()
          .printf(
              "twinspan: %s, expected TCP and UDP to get through between two new network namespaces:"
                  + " does a firewall of this machine stop them there?%n",
              e);
      return 1;
    }
  }

  private List<Rival> rivals() {
    BenchOptions.checkRange(spec, "--rounds", rounds, 1, MAX_ROUNDS);
    return versus.stream().distinct().map(this::rival).toList();
  }

  private Rival rival(String name) {
    return Rival.of(name)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--vs is \"%s\", expected one or more of %s".formatted(name, Rival.titles())));
  }

  private static void require(Rival rival) {
    List<String> missing = rival.missing();
    if (!missing.isEmpty()) {
      throw new BenchException(
          "--vs %s needs %s: install it, or leave it out"
              .formatted(rival.title(), String.join(", ", missing)));
    }
  }

  private Findings measure(EspBackend backend, List<Rival> rivals) throws Exception {
    int steps = OneFlow.STEPS + SmallPackets.steps();
    if (latency) {
      steps += LatencyBench.STEPS;
    }
    if (!rivals.isEmpty()) {
      steps += Contest.steps(rivals.size() + 1, rounds);
    }
    Duration each = time.time();
    try (ProgressBar bar = new ProgressBar(options.err(), Terminal.isTerminal(2), steps);
        BenchPair pair = BenchPair.open(backend, TRANSFORM, MTU, eachDirection())) {
      DatapathReport path = OneFlow.measure(pair, backend, TRANSFORM, MTU, each, bar);
      LatencyReport delay = null;
      Comparison comparison = null;
      if (latency || !rivals.isEmpty()) {
        try (BenchPair agents = BenchPair.open(backend, TRANSFORM, MTU, agentLoops())) {
          delay = latency ? LatencyBench.measure(agents, each, bar) : null;
          comparison = rivals.isEmpty() ? null : compare(agents, rivals, bar);
        }
      }
      // Last: other LANs and WANs than the real ones make the workers' code slower for good.
      Duration more = each.dividedBy(MORE);
      SmallPackets small = SmallPackets.measure(pair, backend, TRANSFORM, more, bar);
      bar.show("where the time goes");
      CostModel model = CostModel.measure(path, backend, TRANSFORM, MTU, more);
      return new Findings(path, model, small, delay, comparison);
    }
  }

  /** A thread for each, so that their times can be told apart. */
  private DatapathConfig.Loops eachDirection() {
    return new DatapathConfig.Loops(1, 2, 0, busyPoll);
  }

  /** As an agent with these tunnels chooses them on this machine. */
  private DatapathConfig.Loops agentLoops() {
    int processors = Runtime.getRuntime().availableProcessors();
    int count = AgentConfig.chosenLoops(processors, 0, BenchPair.TUNNELS);
    return new DatapathConfig.Loops(count, 1, 0, busyPoll);
  }

  private Comparison compare(BenchPair pair, List<Rival> rivals, ProgressBar bar) {
    Duration twelfth = time.time().dividedBy(SLICES_IN_TIME);
    Duration slice = twelfth.compareTo(LEAST_SLICE) < 0 ? LEAST_SLICE : twelfth;
    try (RivalSet others = RivalSet.start(rivals, BenchPair.TUNNELS, bar)) {
      List<Contender> all = new ArrayList<>(List.of(pair));
      all.addAll(others.contenders());
      return new Comparison(new Contest(all, rounds, slice, bar).run(), others.refused());
    }
  }
}
