package dev.twinspan.agent.rehearse.netns;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the bench needs of its machine. */
public final class Requirements {
  /** Program → Debian package. */
  private static final Map<String, String> PROGRAMS =
      new TreeMap<>(
          Map.of(
              "unshare", "util-linux",
              "nsenter", "util-linux",
              "setsid", "util-linux",
              "ip", "iproute2",
              "nft", "nftables"));

  private static final Path TUN = Path.of("/dev/net/tun");

  private Requirements() {}

  /** One line for each thing that is missing; empty when nothing is. */
  public static List<String> missing() {
    List<String> missing = new ArrayList<>();
    PROGRAMS.forEach(
        (program, debianPackage) -> {
          if (!installed(program)) {
            missing.add("%s (package %s)".formatted(program, debianPackage));
          }
        });
    if (!Files.exists(TUN)) {
      missing.add(TUN + " (`modprobe tun`, or pass the device into the container)");
    } else if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
      missing.add(TUN + " readable and writable by you (run as root, or `chmod 666 " + TUN + "`)");
    }
    return missing;
  }

  public static boolean installed(String program) {
    return Exec.searchPath().stream().anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
  }
}
