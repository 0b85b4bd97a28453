package dev.twinspan.agent.cli;

import dev.twinspan.agent.board.Board;
import dev.twinspan.agent.board.BoardException;
import dev.twinspan.agent.board.BoardJson;
import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.agent.board.BoardTable;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan boards}. */
@Command(
    name = "boards",
    description = {
      "The machines that images are made for: a table, or one of them with all its values.",
      "Each is a file boards/ID.toml on top of what its family has in common."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:told", "2:a file is wrong, or there is none of that name"})
final class BoardCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", arity = "0..1", description = "One board, as JSON.")
  private @Nullable String id;

  @Option(
      names = "--boards",
      paramLabel = "FOLDER",
      defaultValue = "boards",
      description = "Where the files are. Default: ${DEFAULT-VALUE}")
  private Path folder = Path.of("boards");

  @Option(names = "--json", description = "All of them for machines.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    PrintWriter out = spec.commandLine().getOut();
    try {
      BoardReader reader = new BoardReader(folder);
      if (id != null) {
        out.print(Json.pretty(BoardJson.tree(reader.read(id))));
      } else {
        List<Board> boards = reader.all();
        out.print(json ? Json.pretty(BoardJson.tree(boards)) : BoardTable.markdown(boards));
      }
      out.flush();
      return ExitCode.OK;
    } catch (BoardException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "%s: no folder of boards; set --boards".formatted(e.getMessage()));
    }
  }
}
