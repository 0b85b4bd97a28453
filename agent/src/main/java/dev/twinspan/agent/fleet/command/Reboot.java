package dev.twinspan.agent.fleet.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the box anew, by its service manager. */
public final class Reboot {
  private static final Logger LOG = LoggerFactory.getLogger(Reboot.class);
  private static final Path WAITING = Path.of("/etc/systemd/system/twinspan-reboot.path");
  private static final long LIMIT_SECONDS = 60;

  private Reboot() {}

  /**
   * Without a shell, and without a search along PATH. Where the agent is not root, as in our own
   * images, a unit of theirs waits for a file that it may write.
   */
  public static List<String> command() {
    if (Files.exists(WAITING)) {
      return List.of("/usr/bin/touch", "/run/twinspan/reboot");
    }
    Path usual = Path.of("/usr/bin/systemctl");
    return List.of(
        (Files.isExecutable(usual) ? usual : Path.of("/bin/systemctl")).toString(), "reboot");
  }

  /** Tells only of a failure: a success ends the agent, and its next life tells. */
  static void run(String id, List<String> command, Consumer<Hands.Report> report) {
    String fault = run(command);
    if (!fault.isEmpty()) {
      report.accept(new Hands.Report.Ended(id, false, "no_reboot", fault, null));
    }
  }

  /**
   * Blocks until the service manager has taken it.
   *
   * @return why it has not; empty: the agent is about to end
   */
  public static String run(List<String> command) {
    LOG.warn("the whole box is started anew: {}", command);
    String fault;
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroy();
        fault = "has not ended after " + LIMIT_SECONDS + " s";
      } else if (process.exitValue() == 0) {
        return "";
      } else {
        fault = "ended with " + process.exitValue();
      }
    } catch (IOException e) {
      fault = "cannot be run: " + e.getMessage();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
    return command.getFirst() + " " + fault;
  }
}
