package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.KeepalivedConf;
import dev.twinspan.agent.config.SiteConfig;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private final Path config;
  private @Nullable Daemon daemon;

  /**
   * @param config of the box it stands beside
   */
  public Keepalived(Namespace machine, Path directory, Path config) {
    this.machine = machine;
    this.directory = directory;
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
    try {
      Files.createDirectories(directory);
      // The box's settings do not change between its starts.
      if (!Files.exists(file())) {
        Files.writeString(file(), printed());
      }
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

  private String printed() {
    // In this process: a JVM of its own takes seconds on a busy machine.
    ConfigResult read = ConfigReader.read(config);
    AgentConfig settings = read.config();
    SiteConfig.Vrrp vrrp = settings == null ? null : settings.site().vrrp();
    if (settings == null || vrrp == null) {
      throw new BenchException("%s has no vrrp: %s".formatted(config, read.problems()));
    }
    settings.destroyKeys(null);
    return KeepalivedConf.of(settings, vrrp);
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
