package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps a bench up for playing: verbs come as lines from this terminal, or from others through
 * {@link CtlServer}. Threads: the caller's for the terminal, the server's own.
 */
final class Hold {
  private final Stage stage;
  private final PrintStream out;

  Hold(Stage stage, PrintStream out) {
    this.stage = stage;
    this.out = out;
  }

  /** Returns when the terminal's input ends or says {@code q}. */
  void run() {
    BenchVerbs verbs = new BenchVerbs(stage.bench(), Path.of(""));
    try (CtlServer _ = new CtlServer(stage.bench().directory(), verbs)) {
      out.printf(
          "%nThe bench stays up. Verbs, here or by `twinspan rehearse ctl` elsewhere (q ends):%n%s",
          BenchVerbs.USAGE);
      BufferedReader in = TrafficCommand.standardInput();
      for (String line = in.readLine();
          line != null && !line.strip().equals("q");
          line = in.readLine()) {
        if (!line.isBlank()) {
          out.println(obey(verbs, line));
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot read the terminal: " + e.getMessage(), e);
    }
  }

  private static String obey(BenchVerbs verbs, String line) {
    try {
      return verbs.run(List.of(line.strip().split("\\s+")));
    } catch (BenchException e) {
      return e.sentence();
    }
  }
}
