package dev.twinspan.agent.peers;

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
 * Stock FRR as a router is: zebra, which puts routes into its machine's kernel, and bgpd, which can
 * be restarted without it.
 */
final class Frr {
  private static final String PROGRAMS = "/usr/lib/frr/";

  private final Namespace machine;
  private final Path directory;
  private Daemon bgpd;

  private Frr(Namespace machine, Path directory) {
    this.machine = machine;
    this.directory = directory;
  }

  /**
   * @param bgp configuration of bgpd
   */
  static Frr start(Namespace machine, Path directory, String bgp) {
    Frr frr = new Frr(machine, directory);
    try {
      Files.createDirectories(directory);
      // zebra gives root away, and must still reach and write here.
      Files.setPosixFilePermissions(
          directory.getParent(), PosixFilePermissions.fromString("rwx--x--x"));
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.writeString(directory.resolve("zebra.conf"), "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    frr.start("zebra");
    frr.startBgp(bgp);
    return frr;
  }

  /** Starts bgpd, perhaps once more and with another configuration. */
  void startBgp(String configuration) {
    try {
      Files.writeString(directory.resolve("bgpd.conf"), configuration);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    bgpd = start("bgpd", "-S");
  }

  /** bgpd crashes: without a word, but for its kernel, which closes the connection. */
  void crashBgp() {
    bgpd.kill();
  }

  private Daemon start(String program, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAMS + program,
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
    for (String shown : List.of("bgp summary", "bgp ipv4 unicast", "bgp nexthop", "ip route")) {
      text.append("--- show ").append(shown).append('\n').append(ask("show " + shown));
    }
    return text + machine.ip("route", "show") + machine.ip("-6", "route", "show");
  }
}
