package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The image's own firewall on a machine of the bench, whose interfaces have the image's names. */
final class BoxFirewall {
  private static final Path RULES = Path.of("../image/rootfs/etc/nftables.conf");

  private BoxFirewall() {}

  static void raise(Namespace box) {
    try {
      box.nft(Files.readString(RULES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Connections that this machine's kernel keeps in mind. */
  static long tracked(Namespace box) {
    var count = box.run("", List.of("cat", "/proc/sys/net/netfilter/nf_conntrack_count"));
    count.orThrow();
    return Long.parseLong(count.out().trim());
  }

  /** Whether a TCP connection is taken there within two seconds. */
  static boolean takes(Namespace from, String address, int port) {
    return from.run(
            "",
            List.of(
                "timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/%s/%d".formatted(address, port)))
        .ok();
  }
}
