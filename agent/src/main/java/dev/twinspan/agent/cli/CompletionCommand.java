package dev.twinspan.agent.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinspan completion bash|zsh}. */
@Command(
    name = "completion",
    description = {
      "Prints a completion script for the shell.",
      "bash: source <(twinspan completion bash)",
      "zsh:  source <(twinspan completion zsh)"
    },
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
  private enum Shell {
    bash,
    zsh
  }

  @Parameters(paramLabel = "bash|zsh", description = "The shell.")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private Shell shell;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("# twinspan completion for " + shell);
    // One script for both: it loads zsh's bashcompinit when it finds itself in zsh.
    out.println(AutoComplete.bash("twinspan", spec.root().commandLine()));
    out.flush();
    return ExitCode.OK;
  }
}
