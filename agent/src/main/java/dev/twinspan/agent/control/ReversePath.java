package dev.twinspan.agent.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The kernel's check that the way back to a packet's source leads to where the packet came from
 * (RFC 3704). A packet that comes out of a tunnel was authenticated and is inside the selectors;
 * and its way back may be another box of the site, or none for the moment. So the check is put off
 * on our device, whatever a distribution sets for new ones.
 */
final class ReversePath {
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4/conf");
  private static final int STRICT = 1;
  private static final int LOOSE = 2;

  private ReversePath() {}

  /**
   * Puts it off on that device, or, where it is on for all, makes it as loose as can be: of the two
   * settings the larger holds (0 off, 1 strict, 2 loose). Returns a sentence when it stays strict.
   */
  static Optional<String> relax(String device) {
    try {
      int all = read("all");
      int wanted = all == STRICT ? LOOSE : 0;
      boolean done = read(device) == wanted || write(device, wanted);
      return !done && Math.max(all, read(device)) == STRICT
          ? Optional.of(advice(device))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.of("cannot tell whether the kernel checks reverse paths: " + e.getMessage());
    }
  }

  private static Path setting(String device) {
    return SETTINGS.resolve(device).resolve("rp_filter");
  }

  private static int read(String device) throws IOException {
    return Integer.parseInt(Files.readString(setting(device)).strip());
  }

  /** Returns whether this process may. */
  private static boolean write(String device, int value) {
    try {
      Files.writeString(setting(device), value + "\n");
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static String advice(String device) {
    return "the kernel checks reverse paths strictly on %s, and this process may not change it:"
            .formatted(device)
        + " what Azure"
        + " sends by a tunnel while this box has no way of its own back is dropped; set"
        + " sysctl -w net.ipv4.conf.%1$s.rp_filter=2".formatted(device);
  }
}
