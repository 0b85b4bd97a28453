package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.IkeReason;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Builder;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Certificates against stock strongSwan, over a path of 1,280 bytes: one charon holds a connection
 * for each kind of key and for each certificate that must be refused. Each kind has a chain of two
 * levels, so that IKE_AUTH goes in fragments both ways; whoever opens, a ping must go through, and
 * each bad certificate must be refused with its own reason.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CertificatesIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String BRANCH = "198.51.100.7";
  private static final String GATEWAY = "203.0.113.10";
  private static final InetAddress SITE_HOST = World.address("192.168.50.9");
  private static final InetAddress VNET_HOST = World.address("10.10.0.1");
  private static final int PATH_MTU = 1280;
  private static final int HEADERS = 20 + 8;

  private final Entity rsaRoot = TestPki.root(Kind.RSA_3072, "rsa root");
  private final Entity rsaCa = rsaRoot.issues(Kind.RSA_3072, "rsa ca").ca().build();
  private final Entity ecRoot = TestPki.root(Kind.P384, "ec root");
  private final Entity ecCa = ecRoot.issues(Kind.P384, "ec ca").ca().build();
  private final Entity stranger = TestPki.root(Kind.P256, "stranger");
  private final StringBuilder connections = new StringBuilder();

  private Path directory;
  private Sandbox sandbox;
  private Namespace branch;
  private StrongSwan swan;
  private X509CRL revoking;

  // --- the network and the one charon -----------------------------------------------------------

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    directory = folder;
    assumeTrue(StrongSwan.missing().isEmpty(), () -> "missing: " + StrongSwan.missing());
    sandbox = Sandbox.open();
    branch = sandbox.namespace("branch");
    Namespace gateway = sandbox.namespace("gateway");
    branch.ip(
        "link",
        "add",
        "name",
        "wan",
        "type",
        "veth",
        "peer",
        "name",
        "wan",
        "netns",
        Long.toString(gateway.pid()));
    for (Namespace machine : List.of(branch, gateway)) {
      machine.ip("link", "set", "wan", "up", "mtu", "" + PATH_MTU);
      machine.sysctl("net.ipv4.conf.all.rp_filter", "0");
      machine.sysctl("net.ipv4.conf.default.rp_filter", "0");
    }
    branch.ip("addr", "add", BRANCH, "peer", GATEWAY, "dev", "wan");
    gateway.ip("addr", "add", GATEWAY, "peer", BRANCH, "dev", "wan");
    gateway.ip("addr", "add", VNET_HOST.getHostAddress() + "/32", "dev", "lo");
    swan = new StrongSwan(gateway, directory, directory.resolve("marks"), settings());
    swan.start();
    for (Entity ca : List.of(rsaRoot, rsaCa, ecRoot, ecCa)) {
      TestPki.write(
          directory.resolve("x509ca/" + ca.certificate().getSerialNumber() + ".pem"),
          ca.certificate());
    }
    for (Kind kind : KINDS) {
      connection(name(kind), ca(kind).issues(kind, "hub").dns("hub-" + name(kind)).build());
    }
    Builder expired = bad("expired");
    connection(
        "expired",
        expired
            .valid(TestPki.NOW.minus(Duration.ofDays(9)), TestPki.NOW.minus(Duration.ofDays(2)))
            .build());
    connection(
        "early",
        bad("early")
            .valid(TestPki.NOW.plus(Duration.ofDays(2)), TestPki.NOW.plus(Duration.ofDays(9)))
            .build());
    Entity revoked = bad("revoked").build();
    connection("revoked", revoked);
    revoking =
        ecCa.crl(
            TestPki.NOW.minusSeconds(600),
            TestPki.NOW.plus(Duration.ofDays(1)),
            revoked.certificate());
    connection("misnamed", ecCa.issues(Kind.P256, "misnamed").dns("another.example").build());
    connection("unknown", stranger.issues(Kind.P256, "unknown").dns("hub-unknown").build());
    Path conf = directory.resolve("certificates.conf");
    Files.writeString(conf, "connections {\n" + connections + "}\n");
    swan.swanctl("--load-all", "--noprompt", "--file", conf.toString());
  }

  @AfterAll
  void stop() {
    if (swan != null) {
      swan.stop(Duration.ofSeconds(5));
    }
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private static final List<Kind> KINDS =
      List.of(Kind.RSA_2048, Kind.RSA_3072, Kind.RSA_4096, Kind.P256, Kind.P384);

  private static String name(Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  private Entity ca(Kind kind) {
    return kind.name().startsWith("RSA") ? rsaCa : ecCa;
  }

  private Builder bad(String name) {
    return ecCa.issues(Kind.P256, name).dns("hub-" + name);
  }

  private StrongSwanSettings settings() {
    return new StrongSwanSettings(
        GATEWAY,
        BRANCH,
        GATEWAY,
        BRANCH,
        "not used here",
        new Suite("test", "", "aes256gcm16-prfsha384-ecp384", "aes256gcm16"),
        "10.10.0.0/16",
        "192.168.50.0/24",
        Role.RESPONDER_ONLY,
        Duration.ofSeconds(30),
        "ipsec0",
        "192.168.50.0/24",
        true);
  }

  /** charon as hub-NAME, who wants branch-NAME. */
  private void connection(String name, Entity hub) throws IOException {
    TestPki.write(directory.resolve("x509/" + name + ".pem"), hub.certificate());
    hub.writeKey(Files.createDirectories(directory.resolve("private")).resolve(name + ".pem"));
    connections.append(
        """
        %1$s {
          version = 2
          local_addrs = %2$s
          remote_addrs = %3$s
          proposals = aes256gcm16-prfsha384-ecp384
          encap = yes
          mobike = no
          unique = never
          dpd_delay = 30s
          local { auth = pubkey
                  id = hub-%1$s
                  certs = %4$s/x509/%1$s.pem }
          remote { auth = pubkey
                   id = branch-%1$s }
          children {
            %1$s {
              local_ts = 10.10.0.0/16
              remote_ts = 192.168.50.0/24
              esp_proposals = aes256gcm16
              updown = %4$s/updown
            }
          }
        }
        """
            .formatted(name, GATEWAY, BRANCH, directory));
  }

  // --- our side ---------------------------------------------------------------------------------

  private static Peers.Builder peer(String name, boolean weOpen) {
    return Peers.of("gw", World.address(BRANCH), World.address(GATEWAY))
        .role(weOpen ? IkePeer.Role.INITIATE_ONLY : IkePeer.Role.RESPOND_ONLY)
        .localId(IkeId.fqdn("branch-" + name))
        .remoteId(IkeId.fqdn("hub-" + name))
        .policy(
            new IkePolicy(
                "test",
                List.of(Peers.STRONG),
                List.of(Peers.GCM),
                Duration.ofHours(8),
                Duration.ofSeconds(27_000),
                0));
  }

  private void open(String name) {
    try {
      swan.swanctl("--initiate", "--child", name, "--timeout", "5");
    } catch (BenchException _) {
      // Refused: the reason is looked for on our side.
    }
  }

  private void await(IkeHost host, String what, java.util.function.BooleanSupplier condition) {
    Await.orThrow(
        SOON, condition, what, () -> host.view() + " " + host.drops() + "\n" + swan.tail());
  }

  static Stream<Arguments> kinds() {
    return KINDS.stream().flatMap(k -> Stream.of(true, false).map(opens -> Arguments.of(k, opens)));
  }

  @ParameterizedTest(name = "{0}, we open: {1}")
  @MethodSource("kinds")
  void shouldCarryPacketsWithEveryKindOfKey(Kind kind, boolean weOpen) throws IOException {
    Entity own = ca(kind).issues(kind, "branch").dns("branch-" + name(kind)).build();
    try (IkeHost host = new IkeHost(branch.pid(), World.address(BRANCH))) {
      host.configure(
          peer(name(kind), weOpen).credentials(own.credentials(List.of(rsaRoot, ecRoot))).build());
      if (!weOpen) {
        open(name(kind));
      }
      await(host, "the tunnel", () -> host.view().state() == IkeState.ESTABLISHED);
      int[] sequence = {0};
      await(
          host,
          "a ping through the tunnel",
          () -> {
            host.sendInner(Ping.request(SITE_HOST, VNET_HOST, ++sequence[0]));
            return host.received().stream().anyMatch(p -> Ping.replyTo(p) > 0);
          });
      // The path's 1,280 bytes are kept by IKE itself, not by fragments of IP.
      assertThat(host.largest()).isLessThanOrEqualTo(PATH_MTU - HEADERS);
      if (kind.name().startsWith("RSA")) {
        assertThat(host.fragmentsSent()).isGreaterThan(1);
        assertThat(host.fragmentsReceived()).isGreaterThan(1);
      }
      host.shutdown();
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
            new String[] {"expired", "certificate-expired", "valid until"},
            new String[] {"early", "certificate-not-yet-valid", "valid from"},
            new String[] {"revoked", "certificate-revoked", "key compromise"},
            new String[] {"misnamed", "certificate-wrong-subject", "another.example"},
            new String[] {"unknown", "certificate-unknown-ca", "CN=stranger"})
        .flatMap(f -> Stream.of(true, false).map(opens -> Arguments.of(f[0], f[1], f[2], opens)));
  }

  @ParameterizedTest(name = "{0}, we open: {3}")
  @MethodSource("faults")
  void shouldRefuseEachBadCertificateWithItsOwnSentence(
      String name, String code, String words, boolean weOpen) throws IOException {
    Entity own = ecCa.issues(Kind.P256, "branch").dns("branch-" + name).build();
    try (IkeHost host = new IkeHost(branch.pid(), World.address(BRANCH))) {
      host.configure(
          peer(name, weOpen).credentials(own.credentials(List.of(ecRoot), revoking)).build());
      if (!weOpen) {
        open(name);
      }
      // One look: where we open, the next attempt follows.
      AtomicReference<IkeReason> told = new AtomicReference<>();
      await(
          host,
          "reason " + code,
          () -> {
            IkeReason reason = host.view().reason();
            told.set(reason);
            return reason.code().equals(code);
          });
      assertThat(told.get().sentence()).contains(words);
      assertThat(host.installed()).isZero();
      host.shutdown();
    }
  }

  /** charon refuses ours, and says no more than that; we name the certificate it was. */
  @ParameterizedTest(name = "we open: {0}")
  @ValueSource(booleans = {true, false})
  void shouldTellThatOursIsRefused(boolean weOpen) throws IOException {
    Entity own = stranger.issues(Kind.P256, "impostor").dns("branch-p256").build();
    try (IkeHost host = new IkeHost(branch.pid(), World.address(BRANCH))) {
      host.configure(peer("p256", weOpen).credentials(own.credentials(List.of(ecRoot))).build());
      if (!weOpen) {
        open("p256");
      }
      await(host, "the refusal", () -> host.codes().contains("certificate-refused"));
      host.shutdown();
    }
  }
}
