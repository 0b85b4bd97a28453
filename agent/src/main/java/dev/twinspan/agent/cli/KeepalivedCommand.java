package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.KeepalivedConf;
import dev.twinspan.agent.config.SiteConfig.Vrrp;
import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinspan keepalived}. */
@Command(
    name = "keepalived",
    description = {
      "Prints keepalived's configuration for the address that two boxes of a site share (vrrp):",
      "  twinspan keepalived > /etc/keepalived/keepalived.conf && systemctl restart keepalived",
      "The agent tells keepalived by a file (vrrp.state-file) whether a tunnel is usable."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "2:the configuration is wrong or has no vrrp"})
final class KeepalivedCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/twinspan/twinspan.yaml",
      description = "The configuration; ${DEFAULT-VALUE} unless given.")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private Path file;

  @Option(names = "--json", description = "Path and text for machines.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    ConfigResult result = ConfigReader.read(file);
    AgentConfig config = result.config();
    if (config == null) {
      result.problems().forEach(problem -> spec.commandLine().getErr().println(problem));
      throw new CommandFailure(
          ExitCode.USAGE, "%s is wrong as said above; nothing was printed".formatted(file));
    }
    config.destroyKeys(null);
    Vrrp vrrp = config.site().vrrp();
    if (vrrp == null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "%s has no vrrp: set vrrp.virtual-address and vrrp.interface".formatted(file));
    }
    String text = KeepalivedConf.of(config, vrrp);
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        json
            ? Json.pretty(
                Json.object()
                    .put("path", KeepalivedConf.USUAL_PATH)
                    .put("text", text)
                    .put("state-file", vrrp.stateFile().toString()))
            : text);
    out.flush();
    return ExitCode.OK;
  }
}
