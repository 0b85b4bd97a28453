package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.AuthConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.RouteNetlink;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two whole agents, config to kernel, each in a network namespace of this process, joined by a
 * veth: the smallest network in which everything is real.
 */
class AgentPairTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;
  private NetworkNamespace branch;
  private NetworkNamespace azure;
  private String policy = "azure-strong";
  private String gatewayMode = "Default";

  @BeforeEach
  void joinTwoNamespaces() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "making namespaces needs root");
    branch = NetworkNamespace.create();
    azure = NetworkNamespace.create();
    ip(
        "link",
        "add",
        "tsw0",
        "netns",
        branch.path().toString(),
        "type",
        "veth",
        "peer",
        "name",
        "tsw0",
        "netns",
        azure.path().toString());
    address(branch, "198.51.100.7");
    address(azure, "198.51.100.10");
    secret("psk", "a-shared.secret".replace('-', '_'));
  }

  @AfterEach
  void leave() {
    if (branch != null) {
      branch.close();
      azure.close();
    }
  }

  @Test
  void shouldBringUpTheTunnelCarryPingsAndLeaveNothingBehind() throws Exception {
    try (Agent gateway = start(azure, gatewayConfig());
        Agent box = start(branch, branchConfig())) {
      awaitUp(box);
      awaitUp(gateway);

      assertThat(ping(branch, "10.10.0.1", "192.168.50.1")).isTrue();
      assertThat(ping(azure, "192.168.50.1", "10.10.0.1")).isTrue();

      Await.orThrow(
          PATIENCE,
          () -> only(box).traffic().inPackets() > 0,
          "counted packets",
          () -> only(box).toString());
      assertThat(routes(branch)).hasSize(2);
    }
    assertThat(routes(branch)).isEmpty();
    assertThat(branch.call(this::links)).doesNotContain("twinspan0");
  }

  @Test
  void shouldReplaceKeysOnCommandWithoutLosingTheTunnel() throws Exception {
    try (Agent gateway = start(azure, gatewayConfig());
        Agent box = start(branch, branchConfig())) {
      awaitUp(box);
      awaitUp(gateway);
      // Both ends may have opened; what one of them need not have opened goes after a while.
      Await.orThrow(
          PATIENCE, () -> single(box) && single(gateway), "one IKE SA", () -> only(box).toString());
      int before = only(box).childSas().getFirst().inboundSpi();

      assertThat(box.rekey("hub/in0", false).get(5, TimeUnit.SECONDS).ok()).isTrue();
      Await.orThrow(
          PATIENCE,
          () ->
              only(box).childSas().size() == 1
                  && only(box).childSas().getFirst().inboundSpi() != before,
          "one new CHILD SA",
          () -> only(box).toString());
      assertThat(box.rekey("hub/in0", true).get(5, TimeUnit.SECONDS).ok()).isTrue();
      Await.orThrow(
          PATIENCE,
          () -> only(box).rekeys() >= 2 && only(box).ike() != null && only(box).ike().count() == 1,
          "a new IKE SA",
          () -> only(box).toString());

      assertThat(ping(branch, "10.10.0.1", "192.168.50.1")).isTrue();
      assertThat(box.rekey("hub/nowhere", false).get(5, TimeUnit.SECONDS).code())
          .isEqualTo("unknown-tunnel");
    }
  }

  /** Keys are read anew with each configuration; what was read before must not stay behind. */
  @Test
  void shouldZeroTheKeysOfWhatIsNoLongerConfigured() throws Exception {
    gatewayMode = "ResponderOnly"; // two dials that cross would leave either's SAs
    AgentConfig first = branchConfig();
    AgentConfig second;
    byte[] old = psk(first);
    byte[] current;
    try (Agent gateway = start(azure, gatewayConfig());
        Agent box = start(branch, first)) {
      awaitUp(box);
      int spi = only(box).childSas().getFirst().inboundSpi();
      second = branchConfig();
      current = psk(second);
      assertThat(box.apply(second).get(5, TimeUnit.SECONDS).ok()).isTrue();
      assertThat(old).containsOnly(0);
      assertThat(current).isNotEmpty().doesNotContain(0);
      assertThat(only(box).childSas().getFirst().inboundSpi()).isEqualTo(spi);

      AgentConfig refused =
          config(
              "other",
              "198.51.100.7",
              "192.168.50.0/24",
              "10.10.0.0/16",
              "198.51.100.10",
              "Default");
      byte[] unused = psk(refused);
      assertThat(box.apply(refused).get(5, TimeUnit.SECONDS).code()).isEqualTo("restart-needed");
      assertThat(unused).containsOnly(0);

      assertThat(box.reset("hub/in0").get(5, TimeUnit.SECONDS).ok()).isTrue();
      Await.orThrow(
          PATIENCE,
          () ->
              only(box).state() == TunnelStatus.State.UP
                  && only(box).childSas().stream().noneMatch(sa -> sa.inboundSpi() == spi),
          "the tunnel anew with the key that was read again",
          () -> only(box).toString());
      assertThat(gateway.status().tunnels()).hasSize(1);
    }
    assertThat(current).containsOnly(0);
  }

  /** Else the first handshake with it waits for one to be made. */
  @Test
  void shouldMakeKeyPairsAheadForAGroupThatAReloadBrings() throws Exception {
    try (Agent box = start(branch, branchConfig())) {
      assertThat(box.keyPairsReady(DhGroup.ECP256)).isZero();
      policy =
          "{ikeEncryption: GCMAES256, ikeIntegrity: SHA384, dhGroup: ECP256, ipsecEncryption:"
              + " GCMAES256, ipsecIntegrity: GCMAES256, pfsGroup: None, saLifeTimeSeconds: 27000}";
      assertThat(box.apply(branchConfig()).get(5, TimeUnit.SECONDS).ok()).isTrue();
      Await.orThrow(
          PATIENCE,
          () -> box.keyPairsReady(DhGroup.ECP256) > 0,
          "key pairs of the new group",
          () -> only(box).toString());
    }
  }

  /** Azure's limit; each pair has a CHILD SA of its own, and its packets leave by that. */
  @Test
  void shouldSendOnEachOfTwoHundredPairs() throws Exception {
    List<String> nets = IntStream.range(0, 200).mapToObj("10.10.%d.0/24"::formatted).toList();
    String lan = "192.168.50.0/24";
    inner(azure, "10.10.150.1");
    String there = nets.stream().map(n -> pair(lan, n)).collect(Collectors.joining(", "));
    String here = nets.stream().map(n -> pair(n, lan)).collect(Collectors.joining(", "));
    String all = String.join(", ", nets);
    AgentConfig ofBranch =
        config(
            "branch",
            "198.51.100.7",
            lan,
            all,
            "198.51.100.10",
            "InitiatorOnly\n    traffic-selectors: [" + there + "]");
    AgentConfig ofGateway =
        config(
            "azure",
            "198.51.100.10",
            all,
            lan,
            "198.51.100.7",
            "ResponderOnly\n    traffic-selectors: [" + here + "]");
    try (Agent gateway = start(azure, ofGateway);
        Agent box = start(branch, ofBranch)) {
      long start = System.nanoTime();
      Await.orThrow(
          PATIENCE.multipliedBy(4),
          () -> sending(box) == 200 && sending(gateway) == 200,
          "200 pairs",
          () -> "%d and %d; %s".formatted(sending(box), sending(gateway), only(box).reason()));
      System.out.printf("200 pairs up in %.1f s%n", (System.nanoTime() - start) / 1e9);
      assertThat(only(box).missingPairs()).isEmpty();
      assertThat(only(box).ike().count()).isEqualTo(1);

      assertThat(ping(branch, "10.10.0.1", "192.168.50.1")).isTrue();
      assertThat(ping(branch, "10.10.150.1", "192.168.50.1")).isTrue();
      Await.orThrow(
          PATIENCE,
          () ->
              only(box).childSas().stream()
                      .filter(sa -> sa.outPackets() >= 3 && sa.inPackets() >= 3)
                      .count()
                  == 2,
          "each ping on the CHILD SA of its pair",
          () -> only(box).toString());
    }
  }

  private static String pair(String local, String remote) {
    return "{local: %s, remote: %s}".formatted(local, remote);
  }

  private static long sending(Agent agent) {
    return only(agent).childSas().stream().filter(TunnelStatus.ChildSa::sending).count();
  }

  /** The bytes that the configuration holds, not a copy. */
  private static byte[] psk(AgentConfig config) {
    var auth = (AuthConfig.Psk) config.connections().getFirst().auth();
    return auth.credentials().secret().bytes();
  }

  private static boolean single(Agent agent) {
    TunnelStatus tunnel = only(agent);
    return tunnel.ike() != null && tunnel.ike().count() == 1 && tunnel.childSas().size() == 1;
  }

  @Test
  void shouldKeepTrafficFromLeavingInTheClearWhileNoTunnelIsUp() throws Exception {
    try (Agent box = start(branch, branchConfig())) {
      Await.orThrow(PATIENCE, () -> !routes(branch).isEmpty(), "routes", () -> "none");
      assertThat(routes(branch)).containsOnly("unreachable");
      assertThat(only(box).state()).isNotEqualTo(TunnelStatus.State.UP);
    }
  }

  @Test
  void shouldPutBackARouteThatSomebodyElseRemoved() throws Exception {
    try (Agent box = start(branch, branchConfig())) {
      Await.orThrow(PATIENCE, () -> !routes(branch).isEmpty(), "routes", () -> "none");
      branch.call(
          () -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
              netlink
                  .routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN)
                  .forEach(netlink::removeRoute);
            }
            return null;
          });
      Await.orThrow(PATIENCE, () -> !routes(branch).isEmpty(), "the routes again", () -> "none");
      Await.orThrow(
          PATIENCE,
          () -> box.status().events().stream().anyMatch(e -> e.code().equals("routes-repaired")),
          "an event that says so",
          () -> box.status().events().toString());
    }
  }

  private Agent start(NetworkNamespace where, AgentConfig config) {
    return where.call(() -> Agent.start(config));
  }

  private static TunnelStatus only(Agent agent) {
    AgentStatus status = agent.status();
    return status.tunnels().getFirst();
  }

  private static void awaitUp(Agent agent) {
    Await.orThrow(
        PATIENCE,
        () -> only(agent).state() == TunnelStatus.State.UP,
        "the tunnel to come up",
        () -> only(agent).toString());
  }

  private AgentConfig branchConfig() throws IOException {
    return config(
        "branch", "198.51.100.7", "192.168.50.0/24", "10.10.0.0/16", "198.51.100.10", "Default");
  }

  private AgentConfig gatewayConfig() throws IOException {
    return config(
        "azure", "198.51.100.10", "10.10.0.0/16", "192.168.50.0/24", "198.51.100.7", gatewayMode);
  }

  private AgentConfig config(
      String id, String own, String lan, String behind, String peer, String mode)
      throws IOException {
    Path file = directory.resolve(id + ".yaml");
    Files.writeString(
        file,
        """
        device: {id: %s}
        wan: {address: %s}
        lan: {prefixes: [%s]}
        connections:
          - name: hub
            mode: single-tunnel
            routing: static
            static-prefixes: [%s]
            psk: {file: %s}
            policy: %s
            connection-mode: %s
            instances:
              - {name: in0, address: %s}
        """
            .formatted(id, own, lan, behind, directory.resolve("psk"), policy, mode, peer));
    ConfigResult result = ConfigReader.read(file);
    assertThat(result.config()).as("%s", result.problems()).isNotNull();
    return result.config();
  }

  private void secret(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text);
  }

  private static void address(NetworkNamespace where, String address) {
    where.call(
        () -> {
          try (RouteNetlink netlink = RouteNetlink.open()) {
            int wire = netlink.link("tsw0").orElseThrow().index();
            netlink.setLinkUp(wire);
            netlink.addAddress(new InterfaceAddress(wire, InetAddress.ofLiteral(address), 24, 0));
          }
          return null;
        });
    inner(where, address.endsWith(".7") ? "192.168.50.1" : "10.10.0.1");
  }

  private static void inner(NetworkNamespace where, String address) {
    where.call(
        () -> {
          try (RouteNetlink netlink = RouteNetlink.open()) {
            netlink.addAddress(new InterfaceAddress(1, InetAddress.ofLiteral(address), 32, 0));
          }
          return null;
        });
  }

  /** The types of our routes. */
  private static List<String> routes(NetworkNamespace where) {
    return where.call(
        () -> {
          try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN).stream()
                .map(route -> route.type().name().toLowerCase(Locale.ROOT))
                .toList();
          }
        });
  }

  private List<String> links() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      return netlink.links().stream().map(link -> link.name()).toList();
    }
  }

  private static boolean ping(NetworkNamespace where, String target, String source) {
    return where.call(
        () ->
            new ProcessBuilder("ping", "-c", "3", "-i", "0.2", "-W", "2", "-I", source, target)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor()
                == 0);
  }

  private static void ip(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
