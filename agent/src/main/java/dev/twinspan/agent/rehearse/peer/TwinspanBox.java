package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * {@code twinspan up} in a namespace of the bench, as the appliance or as an instance of the
 * gateway. For one thread at a time.
 */
public final class TwinspanBox implements Box {
  private final Namespace machine;
  private final Path directory;
  private final List<String> program;
  private TwinspanSettings settings;
  private UnaryOperator<String> rewriting = UnaryOperator.identity();
  private Map<String, String> environment = Map.of();
  private @Nullable Daemon daemon;

  /**
   * @param program what starts the agent's command line: {@code [/opt/twinspan/twinspan]}
   */
  public TwinspanBox(
      Namespace machine, Path directory, List<String> program, TwinspanSettings settings) {
    this.machine = machine;
    this.directory = directory;
    this.program = program;
    this.settings = settings;
  }

  public TwinspanSettings settings() {
    return settings;
  }

  /** For the next start. */
  public void configure(TwinspanSettings next) {
    settings = next;
  }

  /** Changes what the settings make of the file, for the next start. */
  public void rewrite(UnaryOperator<String> yaml) {
    rewriting = yaml;
  }

  /** Added to this process's own, for the next start. */
  public void environment(Map<String, String> added) {
    environment = Map.copyOf(added);
  }

  public Path configFile() {
    return directory.resolve("twinspan.yaml");
  }

  public Path statusSocket() {
    return directory.resolve("status.sock");
  }

  /** The running agent; empty when there is none. */
  public Optional<Daemon> program() {
    return Optional.ofNullable(daemon);
  }

  /** What the agent says of itself; empty while it does not answer. */
  public Optional<AgentStatus> status() {
    try {
      return Optional.of(new StatusClient(statusSocket()).status());
    } catch (StatusClient.Unreachable _) {
      // Not up yet, or gone: whoever waits for it says so when time is up.
      return Optional.empty();
    }
  }

  @Override
  public String name() {
    return "twinspan in " + machine;
  }

  @Override
  public void start() {
    try {
      Files.createDirectories(directory);
      Path psk = directory.resolve("psk");
      Files.writeString(psk, settings.psk() + "\n");
      Files.setPosixFilePermissions(psk, PosixFilePermissions.fromString("rw-------"));
      Files.writeString(configFile(), rewriting.apply(settings.yaml(psk, statusSocket())));
    } catch (IOException e) {
      throw new BenchException("cannot set up " + name() + ": " + e, e);
    }
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("up", "--config", configFile().toString()));
    daemon = machine.start("twinspan", directory.resolve("agent.log"), environment, command);
  }

  @Override
  public void kill() {
    if (daemon != null) {
      daemon.kill();
    }
  }

  @Override
  public boolean stop(Duration limit) {
    return daemon == null || daemon.terminate(limit);
  }

  @Override
  public boolean alive() {
    return daemon != null && daemon.alive();
  }

  @Override
  public String tail() {
    return daemon == null ? "(not started)" : daemon.tail();
  }
}
