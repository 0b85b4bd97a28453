package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.status.StatusClient;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which agent is asked. */
final class SocketOption {
  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The agent's status socket. Default: /run/twinspan/twinspan.sock")
  private @Nullable Path path;

  StatusClient client() {
    return new StatusClient(path());
  }

  Path path() {
    return path == null ? AgentConfig.Status.DEFAULT.socket() : path;
  }
}
