package dev.twinspan.agent.rehearse;

import java.util.Arrays;
import picocli.CommandLine;

/** {@code rehearse} by itself: what tests start from their class path, where no launcher is. */
public final class RehearseMain {
  private RehearseMain() {}

  /**
   * @param arguments as of {@code twinspan}: the first is {@code rehearse}
   */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new RehearseCommand())
            .execute(Arrays.copyOfRange(arguments, 1, arguments.length)));
  }
}
