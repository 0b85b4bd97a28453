package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.terminal.Terminal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code twinspan rehearse}. */
@Command(
    name = "rehearse",
    mixinStandardHelpOptions = true,
    description = {
      "Plays a branch office with a tunnel to each of two Azure gateway instances, all on this machine:",
      "real packets over both, one instance killed, the outage measured, the instance restored."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything went as expected",
      "1:something did not; the reason is on standard error",
      "2:the command line is wrong"
    },
    subcommands = {
      CtlCommand.class,
      TrafficCommand.class,
      RelayCommand.class,
      ImpairedCommand.class
    })
public final class RehearseCommand implements Callable<Integer> {
  @Option(
      names = "--peer",
      paramLabel = "WHO",
      defaultValue = "TWINSPAN",
      description = "Who plays Azure's instances: ${COMPLETION-CANDIDATES} (default: ours).")
  private Stage.Peer peer = Stage.Peer.TWINSPAN;

  @Option(names = "--nat", description = "The appliance is behind a NAT.")
  private boolean nat;

  @Option(names = "--bgp", description = "Prefixes are told by BGP through the tunnels.")
  private boolean bgp;

  @Option(
      names = "--hold",
      description = "Stays up for playing until `q` or Ctrl-C; see `rehearse ctl --help`.")
  private boolean hold;

  @Option(
      names = "--json",
      description = "One JSON document at the end; progress goes to standard error.")
  private boolean json;

  @Option(
      names = "--fabric-hold",
      paramLabel = "MS",
      defaultValue = "1000",
      description =
          "How long the VNet sends to an instance that is gone (default: ${DEFAULT-VALUE}).")
  private long fabricHoldMillis = 1000;

  @Override
  public Integer call() {
    Rehearsal.Options options =
        new Rehearsal.Options(peer, nat, bgp, Duration.ofMillis(fabricHoldMillis));
    long began = System.nanoTime();
    boolean onPage = Terminal.isTerminal() && !json;
    return onPage
        ? playOnPage(options, began)
        : play(options, began, new PlainProgress(System.err));
  }

  private int playOnPage(Rehearsal.Options options, long began) {
    AtomicReference<@Nullable Rehearsal> playing = new AtomicReference<>();
    try (LivePage page =
        LivePage.open(() -> Optional.ofNullable(playing.get()).flatMap(Rehearsal::appliance))) {
      return play(options, began, page, playing, page::close);
    }
  }

  private int play(Rehearsal.Options options, long began, Progress progress) {
    return play(options, began, progress, new AtomicReference<>(), () -> {});
  }

  /**
   * @param playing told what is played, for whoever draws it
   * @param beforeText run before anything is printed or asked
   */
  private int play(
      Rehearsal.Options options,
      long began,
      Progress progress,
      AtomicReference<@Nullable Rehearsal> playing,
      Runnable beforeText) {
    try (Rehearsal rehearsal = new Rehearsal(options, progress)) {
      playing.set(rehearsal);
      boolean passed = rehearsal.raise() && rehearsal.fail();
      if (passed && hold) {
        beforeText.run();
        new Hold(rehearsal.stage(), System.err).run();
      }
      passed = passed && rehearsal.end();
      beforeText.run();
      RehearsalReport report = rehearsal.report();
      report.time(Duration.ofNanos(System.nanoTime() - began));
      System.out.println(json ? report.json() : report.text());
      return passed ? 0 : 1;
    }
  }
}
