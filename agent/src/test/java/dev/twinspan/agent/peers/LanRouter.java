package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A router on the LAN: stock FRR, zebra and bgpd, AS 65001, which puts what it learns into its
 * kernel's table, equal paths side by side.
 */
final class LanRouter {
  static final int ASN = 65001;
  private static final String FRR = "/usr/lib/frr/";

  private final Namespace machine;
  private final Path directory;

  private LanRouter(Namespace machine, Path directory) {
    this.machine = machine;
    this.directory = directory;
  }

  /**
   * @param boxes what it speaks to
   */
  static LanRouter start(Namespace machine, Path directory, List<String> boxes) {
    LanRouter router = new LanRouter(machine, directory);
    try {
      Files.createDirectories(directory);
      // zebra gives root away, and must still reach and write here.
      Files.setPosixFilePermissions(
          directory.getParent(), PosixFilePermissions.fromString("rwx--x--x"));
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.writeString(directory.resolve("zebra.conf"), "");
      Files.writeString(directory.resolve("bgpd.conf"), config(boxes));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    router.start("zebra");
    router.start("bgpd", "-S");
    return router;
  }

  /** A box is missed after three seconds; no BFD, which we do not speak. */
  private static String config(List<String> boxes) {
    StringBuilder neighbors = new StringBuilder();
    for (String box : boxes) {
      neighbors.append(
          """
           neighbor @ remote-as 65010
           neighbor @ timers 1 3
           neighbor @ timers connect 1
          """
              .replace("@", box));
    }
    return """
    router bgp %d
     bgp router-id %s
     bgp log-neighbor-changes
     no bgp ebgp-requires-policy
    %s
     address-family ipv4 unicast
      network %s
      maximum-paths 2
     exit-address-family
    """
        .formatted(ASN, Addresses.TRANSIT_ROUTER, neighbors, Addresses.LAN_PREFIX);
  }

  private Daemon start(String program, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                FRR + program,
                "-f",
                directory.resolve(program + ".conf").toString(),
                "-i",
                directory.resolve(program + ".pid").toString(),
                "-z",
                directory.resolve("zserv").toString(),
                "--vty_socket",
                directory.toString(),
                "-A",
                "127.0.0.1",
                "-P",
                "0",
                "--log",
                "stdout"));
    command.addAll(List.of(more));
    return machine.start(program, directory.resolve(program + ".log"), Map.of(), command);
  }

  /** Next hops that its kernel spreads flows to the prefix over. */
  List<String> nextHops(String prefix) {
    List<String> hops = new ArrayList<>();
    List<String> words = List.of(machine.ip("route", "show", prefix).split("\\s+"));
    for (int i = 0; i + 1 < words.size(); i++) {
      if (words.get(i).equals("via")) {
        hops.add(words.get(i + 1));
      }
    }
    return hops;
  }

  /** {@code vtysh -c WORDS}. */
  String ask(String words) {
    Exec.Result result =
        machine.run("", List.of("vtysh", "--vty_socket", directory.toString(), "-c", words));
    return result.out() + result.err();
  }

  String tails() {
    StringBuilder text = new StringBuilder();
    for (String program : List.of("zebra", "bgpd")) {
      try {
        text.append("--- ").append(program).append('\n');
        text.append(Files.readString(directory.resolve(program + ".log")));
      } catch (IOException e) {
        text.append(e);
      }
    }
    return text + machine.ip("route", "show");
  }
}
