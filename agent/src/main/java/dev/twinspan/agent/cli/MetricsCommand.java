package dev.twinspan.agent.cli;

import dev.twinspan.agent.metrics.MetricsFormat;
import dev.twinspan.agent.status.StatusClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinspan metrics}. */
@Command(
    name = "metrics",
    description = {
      "Prints a running agent's metrics in Prometheus' text format.",
      "Prometheus gets the same over HTTP where metrics.listen is configured. Without that, for",
      "node_exporter's textfile collector, by a timer:",
      "  twinspan metrics > /var/lib/prometheus/node-exporter/twinspan.prom.new &&",
      "  mv /var/lib/prometheus/node-exporter/twinspan.prom.new"
          + " /var/lib/prometheus/node-exporter/twinspan.prom",
      "status --json has all of it in full, with sentences."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the agent answered", "1:it did not"})
final class MetricsCommand implements Callable<Integer> {
  @Option(names = "--openmetrics", description = "In OpenMetrics 1.0 instead.")
  private boolean openMetrics;

  @Mixin private SocketOption socket = new SocketOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    MetricsFormat format = openMetrics ? MetricsFormat.OPEN_METRICS : MetricsFormat.TEXT;
    try {
      PrintWriter out = spec.commandLine().getOut();
      out.print(socket.client().metrics(format.contentType()));
      out.flush();
      return ExitCode.OK;
    } catch (StatusClient.Unreachable e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
