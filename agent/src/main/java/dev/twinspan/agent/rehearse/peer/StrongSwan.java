package dev.twinspan.agent.rehearse.peer;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stock charon with its user-space ESP (kernel-libipsec), configured by swanctl, in a namespace
 * of the bench. Everything of its own is in one directory, so several run side by side. For one
 * thread at a time.
 */
public final class StrongSwan implements Box {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Path CHARON = Path.of("/usr/sbin/charon-systemd");
  private static final Path SWANCTL = Path.of("/usr/sbin/swanctl");

  private final Namespace machine;
  private final Path directory;
  private final Path shared;
  private StrongSwanSettings settings;
  private @Nullable Daemon charon;

  /**
   * @param shared directory for what the charons of one machine have in common
   */
  public StrongSwan(Namespace machine, Path directory, Path shared, StrongSwanSettings settings) {
    this.machine = machine;
    this.directory = directory;
    this.shared = shared;
    this.settings = settings;
  }

  /** What Debian's packages must have brought; one line per missing piece. */
  public static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!Files.exists(CHARON)) {
      missing.add(CHARON + " (package charon-systemd)");
    }
    if (!Files.exists(SWANCTL)) {
      missing.add(SWANCTL + " (package strongswan-swanctl)");
    }
    for (String[] plugin :
        new String[][] {
          {"kernel-libipsec", "libcharon-extra-plugins"}, {"gcm", "libstrongswan-standard-plugins"}
        }) {
      Path file = Path.of("/usr/lib/ipsec/plugins/libstrongswan-" + plugin[0] + ".so");
      if (!Files.exists(file)) {
        missing.add(file + " (package " + plugin[1] + ")");
      }
    }
    return missing;
  }

  public StrongSwanSettings settings() {
    return settings;
  }

  /** For the next start. */
  public void configure(StrongSwanSettings next) {
    settings = next;
  }

  @Override
  public String name() {
    return "strongSwan in " + machine;
  }

  @Override
  public void start() {
    try {
      Files.createDirectories(directory);
      Files.createDirectories(shared);
      Files.deleteIfExists(directory.resolve("vici"));
      forgetMarks();
      Files.writeString(
          directory.resolve("strongswan.conf"), settings.strongswanConf(directory.toString()));
      Files.writeString(
          directory.resolve("swanctl.conf"), settings.swanctlConf(directory.toString()));
      Path updown = directory.resolve("updown");
      Files.writeString(updown, settings.updown(shared.toString()));
      Files.setPosixFilePermissions(updown, PosixFilePermissions.fromString("rwxr-xr-x"));
      // AppArmor confines the programs by their path, to paths that are not the bench's.
      Files.copy(CHARON, directory.resolve("charon"), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(SWANCTL, directory.resolve("swanctl"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new BenchException("cannot set up " + name() + ": " + e, e);
    }
    charon =
        machine.start(
            "charon",
            directory.resolve("out.log"),
            Map.of("STRONGSWAN_CONF", directory.resolve("strongswan.conf").toString()),
            List.of(directory.resolve("charon").toString()));
    Await.orThrow(
        START_LIMIT,
        () -> takesOrders() || !alive(),
        name() + " to open its vici socket",
        this::tail);
    swanctl("--load-all", "--noprompt", "--file", directory.resolve("swanctl.conf").toString());
  }

  private boolean takesOrders() {
    try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("vici")))) {
      return true;
    } catch (IOException _) {
      // Not there yet, or there and not yet listened on.
      return false;
    }
  }

  /** A killed charon runs no updown script; what it left would be taken for live SAs. */
  private void forgetMarks() throws IOException {
    try (var files = Files.newDirectoryStream(shared, settings.device() + ".*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /** The running charon; empty when there is none. */
  public Optional<Daemon> program() {
    return Optional.ofNullable(charon);
  }

  /** {@code swanctl ARGUMENTS} on this charon. */
  public String swanctl(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "STRONGSWAN_CONF=" + directory.resolve("strongswan.conf"),
                "SWANCTL_DIR=" + directory, // certificates and keys, where a test puts some
                directory.resolve("swanctl").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--uri", "unix://" + directory.resolve("vici")));
    Exec.Result result = machine.run("", command);
    if (!result.ok()) {
      throw new BenchException(result.err() + result.out() + "\n" + tail());
    }
    return result.out();
  }

  /** Its IKE and CHILD SAs in its own words. */
  public String sas() {
    return swanctl("--list-sas");
  }

  @Override
  public void kill() {
    if (charon != null) {
      charon.kill();
    }
  }

  @Override
  public boolean stop(Duration limit) {
    return charon == null || charon.terminate(limit);
  }

  @Override
  public boolean alive() {
    return charon != null && charon.alive();
  }

  @Override
  public String tail() {
    Path log = directory.resolve("charon.log");
    try {
      if (Files.exists(log)) {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
      }
    } catch (IOException e) {
      return log + ": " + e;
    }
    return charon == null ? "(not started)" : charon.tail();
  }
}
