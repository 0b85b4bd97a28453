package dev.twinspan.agent.fleet.load;

import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.fleet.BrokerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What is to be simulated.
 *
 * @param certificates folder with NAME.pem and NAME.key for each box and the observer, and ca.pem;
 *     null where the broker is spoken to without TLS
 * @param boxes how many
 * @param site of all of them
 * @param prefix of their names; a number of five digits follows
 * @param connects a second, until all are there
 * @param time for which they are all there; the first connects are before it
 * @param healthInterval of each box
 * @param events a second, of all boxes together
 * @param faulty share of boxes with a tunnel that is not up, 0 to 1
 * @param observer name of the client that listens to all; null: nobody does
 */
public record LoadPlan(
    BrokerAddress broker,
    @Nullable Path certificates,
    int boxes,
    String site,
    String prefix,
    int connects,
    Duration time,
    Duration healthInterval,
    double events,
    double faulty,
    @Nullable String observer) {
  /** Libraries, jars, the terminal, sockets of the loops. */
  private static final int OTHER_DESCRIPTORS = 200;

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String OPEN_FILES = "Max open files";

  String device(int number) {
    return "%s%05d".formatted(prefix, number);
  }

  /** Null: no TLS. */
  @Nullable SSLContext tls(String name) throws IOException {
    if (!broker.tls() || certificates == null) {
      return null;
    }
    return FleetTls.context(
        certificates.resolve(name + ".pem"),
        certificates.resolve(name + ".key"),
        certificates.resolve("ca.pem"));
  }

  /** Why this process cannot do it, with the way out; null: it can. */
  public @Nullable String obstacle() {
    try {
      return obstacle(Files.readString(LIMITS));
    } catch (IOException e) {
      return "%s cannot be read: %s".formatted(LIMITS, e.getMessage());
    }
  }

  @Nullable String obstacle(String limits) {
    long needed = boxes + OTHER_DESCRIPTORS;
    String soft =
        limits
            .lines()
            .filter(line -> line.startsWith(OPEN_FILES))
            .map(line -> line.substring(OPEN_FILES.length()).strip().split(" +", 2)[0])
            .findFirst()
            .orElse("unlimited");
    if (soft.equals("unlimited") || Long.parseLong(soft) >= needed) {
      return null;
    }
    return "%d boxes need %d file descriptors, this process may open %s: ulimit -n %d (or fewer boxes)"
        .formatted(boxes, needed, soft, needed);
  }
}
