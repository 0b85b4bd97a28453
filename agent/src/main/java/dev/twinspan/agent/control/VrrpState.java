package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.SiteConfig.Vrrp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells keepalived by a file what to add to this box's priority: nothing while a tunnel is usable,
 * else minus {@value Vrrp#PENALTY}. Owned by the control loop; the file is written by a thread of
 * its own, one change after the other, and put in place whole.
 */
final class VrrpState implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VrrpState.class);

  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("vrrp-state").factory());
  private @Nullable Path file;
  private @Nullable Boolean told;

  void configure(AgentConfig config) {
    Vrrp vrrp = config.site().vrrp();
    Path next = vrrp == null ? null : vrrp.stateFile();
    if (next != null && !next.equals(file)) {
      told = null;
    }
    file = next;
  }

  /**
   * @param usable whether a tunnel carries the LAN's traffic
   */
  void tell(boolean usable) {
    Path to = file;
    if (to == null || Boolean.valueOf(usable).equals(told)) {
      return;
    }
    told = usable;
    writer.execute(() -> write(to, usable ? 0 : -Vrrp.PENALTY));
  }

  private static void write(Path to, int value) {
    Path fresh = to.resolveSibling(to.getFileName() + ".new");
    try {
      Files.createDirectories(to.toAbsolutePath().getParent());
      Files.writeString(fresh, value + "\n");
      Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn(
          "vrrp.state-file: cannot write {} to {} ({}), so keepalived does not know of the tunnels:"
              + " set a path this user may write to",
          value,
          to,
          e.toString());
    }
  }

  /** Returns when the last word is in the file. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      writer.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
