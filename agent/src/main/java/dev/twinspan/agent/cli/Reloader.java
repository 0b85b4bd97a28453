package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.ControlResult;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the configuration again and has it applied; a wrong one changes nothing. */
record Reloader(Path file, AgentControl control) {
  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

  /** Blocks on the file system; the answer comes from the control loop. */
  CompletableFuture<ControlResult> reload() {
    ConfigResult read = ConfigReader.read(file);
    read.problems().forEach(problem -> report(LOG, problem));
    if (read.config() == null) {
      String errors =
          read.problems().stream()
              .filter(problem -> problem.severity() == Problem.Severity.ERROR)
              .map(Problem::toString)
              .collect(Collectors.joining("\n"));
      return CompletableFuture.completedFuture(
          ControlResult.refused(
              "config-invalid", "nothing changed, the configuration has errors:\n" + errors));
    }
    return control.apply(read.config());
  }

  static void report(Logger log, Problem problem) {
    switch (problem.severity()) {
      case ERROR -> log.error("{}", problem);
      case WARNING -> log.warn("{}", problem);
    }
  }
}
