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

/** A BGP daemon of Debian's as the Azure side: AS 65515. */
final class BgpDaemon {
  /** Which of them, and how it is asked. */
  enum Kind {
    FRR,
    BIRD,
    GOBGP
  }

  /**
   * @param ipv4 prefixes it announces
   * @param ipv6 so many 2001:db8:…/48 beside them
   * @param passive does not dial
   * @param address what it speaks from
   * @param box what it speaks to
   */
  record Settings(List<String> ipv4, int ipv6, boolean passive, String address, String box) {
    Settings(List<String> ipv4, int ipv6, boolean passive) {
      this(ipv4, ipv6, passive, "10.10.255.4");
    }

    Settings(List<String> ipv4, int ipv6, boolean passive, String address) {
      this(ipv4, ipv6, passive, address, "10.255.0.17");
    }
  }

  private final Kind kind;
  private final Namespace namespace;
  private final Path directory;
  private final Daemon daemon;
  private final String box;

  private BgpDaemon(Kind kind, Namespace namespace, Path directory, Daemon daemon, String box) {
    this.kind = kind;
    this.namespace = namespace;
    this.directory = directory;
    this.daemon = daemon;
    this.box = box;
  }

  static BgpDaemon start(Kind kind, Namespace in, Path directory, Settings settings)
      throws IOException {
    Path config = directory.resolve("config");
    String text =
        switch (kind) {
          case FRR -> frr(settings);
          case BIRD -> bird(settings);
          case GOBGP -> gobgp(settings);
        };
    Files.writeString(config, text.replace("10.255.0.17", settings.box()));
    String file = config.toString();
    List<String> command =
        switch (kind) {
          case FRR -> {
            // It gives root away and must still read and write here.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
            yield List.of(
                "/usr/lib/frr/bgpd",
                "-S",
                "-Z",
                "-n",
                "-f",
                file,
                "-i",
                directory + "/pid",
                "-A",
                "127.0.0.1",
                "--vty_socket",
                directory.toString(),
                "--log",
                "stdout");
          }
          case BIRD ->
              List.of("bird", "-f", "-c", file, "-s", directory + "/ctl", "-P", directory + "/pid");
          case GOBGP ->
              List.of("gobgpd", "-t", "toml", "-f", file, "--api-hosts", "127.0.0.1:50051");
        };
    Daemon daemon = in.start(kind.name(), directory.resolve("log"), Map.of(), command);
    return new BgpDaemon(kind, in, directory, daemon, settings.box());
  }

  private static String frr(Settings settings) {
    StringBuilder networks = new StringBuilder();
    settings.ipv4().forEach(p -> networks.append("  network ").append(p).append('\n'));
    StringBuilder six = new StringBuilder();
    ipv6(settings).forEach(p -> six.append("  network ").append(p).append('\n'));
    return """
    router bgp 65515
     bgp router-id @ADDRESS@
     bgp log-neighbor-changes
     no bgp ebgp-requires-policy
     no bgp network import-check
     no bgp default ipv4-unicast
     timers bgp 60 180
     neighbor 10.255.0.17 remote-as 65010
     neighbor 10.255.0.17 ebgp-multihop 8
     neighbor 10.255.0.17 update-source @ADDRESS@
     neighbor 10.255.0.17 timers connect 1
    %s
     address-family ipv4 unicast
      neighbor 10.255.0.17 activate
      neighbor 10.255.0.17 soft-reconfiguration inbound
    %s exit-address-family
     address-family ipv6 unicast
      neighbor 10.255.0.17 activate
      neighbor 10.255.0.17 route-map GLOBAL out
    %s exit-address-family
    route-map GLOBAL permit 10
     set ipv6 next-hop global fd00:10::4
    """
        .replace("@ADDRESS@", settings.address())
        .formatted(settings.passive() ? " neighbor 10.255.0.17 passive" : "", networks, six);
  }

  private static String bird(Settings settings) {
    StringBuilder four = new StringBuilder();
    settings.ipv4().forEach(p -> four.append(" route ").append(p).append(" blackhole;\n"));
    StringBuilder six = new StringBuilder();
    ipv6(settings).forEach(p -> six.append(" route ").append(p).append(" blackhole;\n"));
    return """
    router id @ADDRESS@;
    log stderr all;
    protocol device {}
    protocol static four { ipv4; %s }
    protocol static six { ipv6; %s }
    protocol bgp box {
      local @ADDRESS@ as 65515;
      neighbor 10.255.0.17 as 65010;
      multihop 8;
      hold time 180; keepalive time 60; connect delay time 1; connect retry time 1; error wait time 1, 2;
      %s
      ipv4 { import all; export all; };
      ipv6 { import all; export all; next hop address fd00:10::4; };
    }
    """
        .replace("@ADDRESS@", settings.address())
        .formatted(four, six, settings.passive() ? "passive yes;" : "");
  }

  private static String gobgp(Settings settings) {
    return """
    [global.config]
      as = 65515
      router-id = "@ADDRESS@"
      local-address-list = ["@ADDRESS@"]
    [[neighbors]]
      [neighbors.config]
        neighbor-address = "10.255.0.17"
        peer-as = 65010
      [neighbors.transport.config]
        local-address = "@ADDRESS@"
        passive-mode = %s
      [neighbors.ebgp-multihop.config]
        enabled = true
        multihop-ttl = 8
      [neighbors.timers.config]
        connect-retry = 1
        hold-time = 180
        keepalive-interval = 60
      [[neighbors.afi-safis]]
        [neighbors.afi-safis.config]
          afi-safi-name = "ipv4-unicast"
      [[neighbors.afi-safis]]
        [neighbors.afi-safis.config]
          afi-safi-name = "ipv6-unicast"
    """
        .replace("@ADDRESS@", settings.address())
        .formatted(settings.passive());
  }

  private static List<String> ipv6(Settings settings) {
    List<String> prefixes = new ArrayList<>();
    for (int i = 0; i < settings.ipv6(); i++) {
      prefixes.add("2001:db8:%x::/48".formatted(i));
    }
    return prefixes;
  }

  /** Its own command line. */
  String ask(String... words) {
    List<String> command =
        new ArrayList<>(
            switch (kind) {
              case FRR -> List.of("vtysh", "--vty_socket", directory.toString());
              case BIRD -> List.of("birdc", "-s", directory + "/ctl");
              case GOBGP -> List.of("gobgp");
            });
    for (String word : words) {
      if (kind == Kind.FRR) {
        command.add("-c");
      }
      command.add(word.replace("10.255.0.17", box));
    }
    Exec.Result result = namespace.run("", command);
    return result.out() + result.err();
  }

  /** How many IPv4 routes it has from us. */
  String routesFromUs() {
    return switch (kind) {
      case FRR -> ask("show bgp ipv4 unicast neighbors 10.255.0.17 prefix-counts json");
      case BIRD -> ask("show", "route", "protocol", "box", "table", "master4", "count");
      case GOBGP -> ask("neighbor", "10.255.0.17");
    };
  }

  /** One of our routes with its AS path. */
  String route(String prefix) {
    return switch (kind) {
      case FRR -> ask("show bgp ipv4 unicast " + prefix);
      case BIRD -> ask("show", "route", prefix, "all");
      case GOBGP -> ask("global", "rib", prefix);
    };
  }

  String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  Daemon daemon() {
    return daemon;
  }
}
