package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stock keepalived beside one of our boxes, with the configuration that {@code twinspan
 * keepalived} prints for it. For one thread at a time.
 */
public final class Keepalived implements Box {
  public static final Path PROGRAM = Path.of("/usr/sbin/keepalived");

  private final Namespace machine;
  private final Path directory;
  private final List<String> program;
  private final Path config;
  private @Nullable Daemon daemon;

  /**
   * @param program what starts our command line
   * @param config of the box it stands beside
   */
  public Keepalived(Namespace machine, Path directory, List<String> program, Path config) {
    this.machine = machine;
    this.directory = directory;
    this.program = program;
    this.config = config;
  }

  @Override
  public String name() {
    return "keepalived in " + machine;
  }

  /** Where its configuration is. */
  public Path file() {
    return directory.resolve("keepalived.conf");
  }

  @Override
  public void start() {
    List<String> print = new ArrayList<>(program);
    print.addAll(List.of("keepalived", "--config", config.toString()));
    Exec.Result printed = machine.run("", print).orThrow();
    try {
      Files.createDirectories(directory);
      Files.writeString(file(), printed.out());
      // Of one that was killed: their numbers may be another process's by now.
      for (String stale : List.of("keepalived.pid", "vrrp.pid")) {
        Files.deleteIfExists(directory.resolve(stale));
      }
    } catch (IOException e) {
      throw new BenchException("cannot set up " + name() + ": " + e, e);
    }
    daemon =
        machine.start(
            "keepalived",
            directory.resolve("keepalived.log"),
            Map.of(),
            List.of(
                PROGRAM.toString(),
                "--dont-fork",
                "--log-console",
                "--no-syslog",
                "--vrrp",
                "--use-file=" + file(),
                "--pid=" + directory.resolve("keepalived.pid"),
                "--vrrp_pid=" + directory.resolve("vrrp.pid")));
  }

  @Override
  public void kill() {
    if (daemon != null) {
      daemon.kill();
    }
    // The addresses it gave its machine die with the machine.
    machine.run("", List.of("ip", "addr", "del", Addresses.LAN_ROUTER + "/32", "dev", Site.LAN));
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
