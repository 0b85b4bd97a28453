package dev.twinspan.agent.cli;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.control.Agent;
import dev.twinspan.agent.control.AgentStartException;
import dev.twinspan.agent.log.LogFormat;
import dev.twinspan.agent.log.LogSink;
import dev.twinspan.agent.status.StatusServer;
import dev.twinspan.agent.update.KeptConfig;
import dev.twinspan.ffi.crypto.EspBackendException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code twinspan up}: the agent in the foreground, as systemd wants it. */
@Command(
    name = "up",
    description = {
      "Runs the agent until SIGTERM or Ctrl-C.",
      "SIGHUP reads the configuration again; tunnels whose settings did not change stay up.",
      "Logs to standard error; where that is systemd's journal, to the journal itself, with fields",
      "(journalctl -o verbose): TWINSPAN_EVENT_ID, TWINSPAN_CODE, TWINSPAN_TUNNEL and more."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped as asked",
      "1:could not start, or a fault ended it",
      "2:the configuration is wrong; see check"
    })
final class UpCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/twinspan/twinspan.yaml",
      description = "The configuration. Default: ${DEFAULT-VALUE}")
  private Path config = Path.of("/etc/twinspan/twinspan.yaml");

  @Option(names = "--json", description = "Log lines as JSON.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Log what happens inside, too.")
  private boolean verbose;

  @Override
  public Integer call() throws CommandFailure {
    if (json) {
      LogSink.format(LogFormat.JSON);
    } else {
      LogSink.toJournal();
    }
    LogSink.level(verbose ? Level.DEBUG : Level.INFO);
    Logger log = LoggerFactory.getLogger("twinspan");
    KeptConfig kept = KeptConfig.ofBox(config);
    Optional<String> settled = kept.settle();
    settled.ifPresent(sentence -> log.warn("{}", sentence));
    ConfigResult read = ConfigReader.read(config);
    read.problems().forEach(problem -> Reloader.report(log, problem));
    AgentConfig start = read.config();
    if (start == null) {
      throw new CommandFailure(
          ExitCode.USAGE, config + " has errors: correct them; twinspan check tells them too");
    }
    log.info("twinspan {} starting with {}", BuildInfo.load(), config);
    kept.keep();
    return run(settled.map(start::warning).orElse(start));
  }

  private int run(AgentConfig start) throws CommandFailure {
    try {
      // Before the agent touches the tunnel device that another one may be using.
      StatusServer.refuseIfTaken(start.status().socket());
      try (Agent agent = Agent.start(start)) {
        return new Supervisor(agent, agent.failure(), config).run(start.status().socket());
      }
    } catch (AgentStartException | IOException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    } catch (EspBackendException e) {
      throw new CommandFailure(ExitCode.FAILED, "crypto.esp-backend: " + e.getMessage());
    }
  }
}
