package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.ConfigSchema;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.config.ProblemsJson;
import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan check FILE}. */
@Command(
    name = "check",
    description = {
      "Tells all that is wrong with a configuration, one line each, with line and column.",
      "Reads the secrets it names; changes nothing."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:no errors (there may be warnings)", "2:errors"})
final class CheckCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The configuration.")
  private @Nullable Path file;

  @Option(names = "--json", description = "The same for machines.")
  private boolean json;

  @Option(names = "--schema", description = "Prints the JSON Schema of the configuration instead.")
  private boolean schema;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (schema) {
      out.print(ConfigSchema.text());
      out.flush();
      return ExitCode.OK;
    }
    if (file == null) {
      throw new ParameterException(spec.commandLine(), "which FILE?");
    }
    ConfigResult result = ConfigReader.read(file);
    if (json) {
      out.print(Json.pretty(ProblemsJson.tree(result)));
    } else {
      result.problems().forEach(problem -> out.println(problem.toString()));
      if (result.config() != null) {
        out.println(summary(result.config(), result));
      }
    }
    out.flush();
    return result.hasErrors() ? ExitCode.USAGE : ExitCode.OK;
  }

  private String summary(AgentConfig config, ConfigResult result) {
    long tunnels = config.connections().stream().mapToLong(c -> c.instances().size()).sum();
    long warnings =
        result.problems().stream()
            .filter(problem -> problem.severity() == Problem.Severity.WARNING)
            .count();
    // The box is named here: image/rootfs's import reads it.
    return "%s: ok, %s has %s to %s%s"
        .formatted(
            file,
            config.device().id(),
            count(tunnels, "tunnel"),
            count(config.connections().size(), "gateway"),
            warnings == 0 ? "" : ", " + count(warnings, "warning"));
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
