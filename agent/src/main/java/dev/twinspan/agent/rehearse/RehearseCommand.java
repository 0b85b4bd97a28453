package dev.twinspan.agent.rehearse;

import java.time.Duration;
import java.util.concurrent.Callable;
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
    subcommands = {CtlCommand.class, TrafficCommand.class, RelayCommand.class})
public final class RehearseCommand implements Callable<Integer> {
  @Option(
      names = "--peer",
      paramLabel = "WHO",
      defaultValue = "TWINSPAN",
      description = "Who plays Azure's instances: ${COMPLETION-CANDIDATES} (default: ours).")
  private Stage.Peer peer = Stage.Peer.TWINSPAN;

  @Option(names = "--nat", description = "The appliance is behind a NAT.")
  private boolean nat;

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
        new Rehearsal.Options(peer, nat, Duration.ofMillis(fabricHoldMillis));
    long began = System.nanoTime();
    Progress progress = new PlainProgress(System.err);
    try (Rehearsal rehearsal = new Rehearsal(options, progress)) {
      boolean passed = rehearsal.raise() && rehearsal.fail();
      if (passed && hold) {
        new Hold(rehearsal.stage(), System.err).run();
      }
      passed = passed && rehearsal.end();
      RehearsalReport report = rehearsal.report();
      report.time(Duration.ofNanos(System.nanoTime() - began));
      System.out.println(json ? report.json() : report.text());
      return passed ? 0 : 1;
    }
  }
}
