package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.traffic.TrafficHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code twinspan rehearse traffic}: what runs in the namespaces of the bench's hosts. */
@Command(
    name = "traffic",
    hidden = true,
    description = "Makes the bench's traffic, as told on standard input.")
final class TrafficCommand implements Callable<Integer> {
  @Override
  public Integer call() throws IOException {
    new TrafficHost().run(standardInput(), System.out);
    return 0;
  }

  static BufferedReader standardInput() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }
}
