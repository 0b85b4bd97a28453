package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code twinspan bench results}. */
@Command(
    name = "results",
    description = {
      "Prints what benches have found as a table in Markdown, each figure with its machine, load"
          + " and",
      "the program's commit: all files in DIRECTORY that were written by bench … --json."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "1:a file cannot be read", "2:the command line is wrong"})
final class ResultsCommand implements Callable<Integer> {
  @Option(names = "--json", description = "The rows for machines.")
  private boolean json;

  @Parameters(
      paramLabel = "DIRECTORY",
      defaultValue = "boards/results",
      description = "${DEFAULT-VALUE} unless given.")
  private Path directory = Path.of("boards", "results");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() {
    try {
      List<ResultRow> rows = rows();
      if (json) {
        ObjectNode all = Json.object();
        ArrayNode list = all.putArray("rows");
        rows.forEach(row -> row.writeTo(list.addObject()));
        spec.commandLine().getOut().print(Json.pretty(all));
      } else {
        spec.commandLine().getOut().println(ResultRow.HEAD);
        rows.forEach(row -> spec.commandLine().getOut().println(row.markdown()));
      }
      spec.commandLine().getOut().flush();
      return 0;
    } catch (IOException | Json.Malformed e) {
      spec.commandLine()
          .getErr()
          .println("twinspan: cannot read the results in %s: %s".formatted(directory, e));
      return 1;
    }
  }

  private List<ResultRow> rows() throws IOException, Json.Malformed {
    List<ResultRow> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode result = Json.parse(Files.readString(file));
        rows.addAll(ResultRow.of(file.getFileName().toString(), result));
      }
    }
    return rows;
  }
}
