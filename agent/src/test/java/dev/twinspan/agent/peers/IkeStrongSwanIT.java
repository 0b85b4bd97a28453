package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.IkeReason;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.StrongSwanSettings;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import dev.twinspan.ffi.crypto.EspTransform;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The IKE core alone against stock strongSwan, in two namespaces: whoever opens, rekeys or deletes.
 * That both ends have the same keys is shown by a ping: sealed here by the JDK, answered by the
 * kernel behind charon's user-space ESP, and opened here again.
 */
class IkeStrongSwanIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BRANCH = "198.51.100.7";
  private static final String GATEWAY = "203.0.113.10";
  private static final InetAddress SITE_HOST = World.address("192.168.50.9");
  private static final InetAddress VNET_HOST = World.address("10.10.0.1");
  private static final String PSK = "correct horse battery staple";

  private static final EspSuite GCM_PFS =
      new EspSuite(EspTransform.AES_GCM_256, DhGroup.ECP384, false);

  @TempDir private Path directory;
  private @Nullable Sandbox sandbox;
  private Namespace branch;
  private Namespace gateway;
  private @Nullable IkeHost host;
  private @Nullable StrongSwan swan;
  private int pings;

  @BeforeEach
  void wire() {
    assumeTrue(StrongSwan.missing().isEmpty(), () -> "missing: " + StrongSwan.missing());
    sandbox = Sandbox.open();
    branch = sandbox.namespace("branch");
    gateway = sandbox.namespace("gateway");
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
      machine.ip("link", "set", "wan", "up");
      machine.sysctl("net.ipv4.conf.all.rp_filter", "0");
      machine.sysctl("net.ipv4.conf.default.rp_filter", "0");
    }
    branch.ip("addr", "add", BRANCH, "peer", GATEWAY, "dev", "wan");
    gateway.ip("addr", "add", GATEWAY, "peer", BRANCH, "dev", "wan");
    gateway.ip("addr", "add", VNET_HOST.getHostAddress() + "/32", "dev", "lo");
  }

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
    if (swan != null) {
      swan.stop(Duration.ofSeconds(5));
    }
    if (sandbox != null) {
      sandbox.close();
    }
  }

  // --- the two ends -----------------------------------------------------------------------------

  private StrongSwanSettings settings(Suite suite, Role role) {
    return new StrongSwanSettings(
        GATEWAY,
        BRANCH,
        GATEWAY,
        BRANCH,
        PSK,
        suite,
        "10.10.0.0/16",
        "192.168.50.0/24",
        role,
        Duration.ofSeconds(30),
        "ipsec0",
        "192.168.50.0/24",
        true);
  }

  private void startSwan(StrongSwanSettings settings) {
    swan = new StrongSwan(gateway, directory, directory.resolve("marks"), settings);
    swan.start();
  }

  private static IkePeer.Role roleOf(boolean opens) {
    return opens ? IkePeer.Role.INITIATE_ONLY : IkePeer.Role.RESPOND_ONLY;
  }

  private static Peers.Builder peer(boolean opens, List<IkeSuite> ike, List<EspSuite> esp) {
    return Peers.of("gw", World.address(BRANCH), World.address(GATEWAY))
        .role(roleOf(opens))
        .secret(PSK)
        .policy(
            new IkePolicy("test", ike, esp, Duration.ofHours(8), Duration.ofSeconds(27_000), 0));
  }

  private void startHost(Peers.Builder peer) throws IOException {
    host = new IkeHost(branch.pid(), World.address(BRANCH));
    host.configure(peer.build());
  }

  private void await(String what, BooleanSupplier condition) {
    Await.orThrow(
        SOON, condition, what, () -> host.view() + " " + host.drops() + "\n" + swan.tail());
  }

  private void awaitUp() {
    await("the tunnel", () -> host.view().state() == IkeState.ESTABLISHED);
  }

  private void assertPing() {
    int sequence = ++pings;
    host.received();
    await(
        "a ping through the tunnel",
        () -> {
          host.sendInner(Ping.request(SITE_HOST, VNET_HOST, sequence));
          return host.received().stream().anyMatch(packet -> Ping.replyTo(packet) == sequence);
        });
  }

  // --- each suite, whoever opens ----------------------------------------------------------------

  static Stream<Arguments> suites() {
    return Stream.of(
            new Object[] {Peers.STRONG, "aes256gcm16-prfsha384-ecp384", Peers.GCM, "aes256gcm16"},
            new Object[] {Peers.MIDDLE, "aes256-sha256-modp2048", Peers.CBC, "aes256-sha256"},
            new Object[] {
              Peers.WEAK,
              "aes256-sha1-modp1024",
              new EspSuite(EspTransform.AES_CBC_256_SHA1_96, null, false),
              "aes256-sha1"
            },
            new Object[] {
              Peers.STRONG, "aes256gcm16-prfsha384-ecp384", GCM_PFS, "aes256gcm16-ecp384"
            })
        .flatMap(
            s -> Stream.of(true, false).map(opens -> Arguments.of(s[0], s[1], s[2], s[3], opens)));
  }

  /**
   * Every group of a custom policy for IKE and for PFS, and AES-192 in each of its forms. (Azure
   * has AES-192 as CBC for IKE, and as CBC and GCM for ESP.)
   */
  static Stream<Arguments> customPolicies() {
    return Stream.of(
        custom(192, Integrity.HMAC_SHA1_96, PrfAlgorithm.HMAC_SHA1, DhGroup.MODP768)
            .with("aes192-sha1-modp768", EspTransform.AES_CBC_192_SHA1_96, "aes192-sha1"),
        custom(128, Integrity.NONE, PrfAlgorithm.HMAC_SHA2_256, DhGroup.MODP1024)
            .with(
                "aes128gcm16-prfsha256-modp1024",
                EspTransform.AES_CBC_128_SHA256_128,
                "aes128-sha256"),
        custom(256, Integrity.HMAC_SHA2_384_192, PrfAlgorithm.HMAC_SHA2_384, DhGroup.MODP2048)
            .with("aes256-sha384-modp2048", EspTransform.AES_CBC_192_SHA256_128, "aes192-sha256"),
        custom(192, Integrity.HMAC_SHA2_384_192, PrfAlgorithm.HMAC_SHA2_384, DhGroup.ECP256)
            .with("aes192-sha384-ecp256", EspTransform.AES_GCM_128, "aes128gcm16"),
        custom(192, Integrity.HMAC_SHA2_256_128, PrfAlgorithm.HMAC_SHA2_256, DhGroup.MODP2048_256)
            .with("aes192-sha256-modp2048s256", EspTransform.AES_GCM_192, "aes192gcm16"));
  }

  private record Custom(IkeSuite ike) {
    /** PFS with the group of IKE. */
    Arguments with(String swanIke, EspTransform transform, String swanEsp) {
      String group = swanIke.substring(swanIke.lastIndexOf('-'));
      return Arguments.of(
          ike, swanIke, new EspSuite(transform, ike.group(), false), swanEsp + group, true);
    }
  }

  private static Custom custom(int bits, Integrity integrity, PrfAlgorithm prf, DhGroup group) {
    Encryption encryption =
        integrity == Integrity.NONE ? Encryption.AES_GCM_16 : Encryption.AES_CBC;
    return new Custom(new IkeSuite(new IkeCipher(encryption, bits, integrity), prf, group));
  }

  @ParameterizedTest
  @MethodSource({"suites", "customPolicies"})
  void shouldSetUpRekeyAndDelete(
      IkeSuite ike, String swanIke, EspSuite esp, String swanEsp, boolean weOpen)
      throws IOException {
    Suite suite = new Suite("test", "", swanIke, swanEsp);
    startSwan(settings(suite, weOpen ? Role.RESPONDER_ONLY : Role.INITIATOR_ONLY));
    startHost(peer(weOpen, List.of(ike), List.of(esp)));
    awaitUp();
    assertPing();

    rekeyHere(false);
    rekeyHere(true);
    rekeyHere(false);
    rekeyThere("--child", "net");
    rekeyThere("--ike", "bench");
    rekeyThere("--child", "net");
    rekeyHere(true);
    assertThat(host.codes()).doesNotContain("peer-deleted", "liveness-timeout", "rekey-refused");

    host.shutdown();
    await("strongSwan to forget", () -> !swan.sas().contains("ESTABLISHED,"));
  }

  private void rekeyHere(boolean ikeSa) {
    long before = host.view().rekeys();
    host.rekey("gw", ikeSa);
    await("our rekey", () -> host.view().rekeys() > before && isSettled());
    assertPing();
  }

  private void rekeyThere(String kind, String name) {
    long before = host.view().rekeys();
    swan.swanctl("--rekey", kind, name);
    await("strongSwan's rekey", () -> host.view().rekeys() > before && isSettled());
    assertPing();
  }

  /** At both ends, or the next rekey would be of what is about to be deleted. */
  private boolean isSettled() {
    return host.view().ikeSas() == 1
        && host.installed() == 1
        && StrongSwanSas.parse(swan.sas()).single();
  }

  // --- policy-based selectors -------------------------------------------------------------------

  private static IkePeer.Pair pair(String local, String remote) {
    return new IkePeer.Pair(
        Peers.selector("192.168.50." + local, "192.168.50." + local),
        Peers.selector(remote + ".0", remote + ".255"));
  }

  /**
   * Each by its own exchange, and one that is refused leaves the others in peace. No host of ours
   * is in two of them, and charon has an address in each: its user-space ESP makes routes of them.
   */
  @Test
  void shouldOpenEachPairOfSelectorsByItself() throws IOException {
    gateway.ip("addr", "add", "10.10.1.1/32", "dev", "lo");
    startSwan(strong());
    startHost(
        strongPeer()
            .pairs(
                List.of(
                    pair("9", "10.10.0"),
                    pair("10", "10.10.1"),
                    pair("11", "10.99.0"),
                    pair("12", "10.10.0"))));
    await("three CHILD SAs", () -> host.installed() == 3 && host.codes().contains("pair-refused"));
    assertThat(host.view().missingPairs())
        .singleElement()
        .satisfies(missing -> assertThat(missing.remote()).isEqualTo("10.99.0.0/24"));
    assertThat(StrongSwanSas.parse(swan.sas()).children()).hasSize(3);
    assertThat(swan.sas())
        .contains("192.168.50.9/32", "192.168.50.10/32", "192.168.50.12/32")
        .contains("10.10.0.0/24", "10.10.1.0/24");
    assertPing();

    long before = host.view().rekeys();
    swan.swanctl("--rekey", "--child", "net");
    await("strongSwan's rekeys", () -> host.view().rekeys() == before + 3 && host.installed() == 3);
    rekeyHereOfThree(true);
    rekeyHereOfThree(false);
    assertPing();

    swan.swanctl("--terminate", "--child", "net");
    await("the DELETEs to be seen", () -> host.codes().contains("child-deleted"));
    await("three CHILD SAs again", () -> host.installed() == 3);
    assertPing();
    assertThat(host.codes()).doesNotContain("peer-deleted", "liveness-timeout");
  }

  private void rekeyHereOfThree(boolean ikeSa) {
    long before = host.view().rekeys();
    host.rekey("gw", ikeSa);
    await(
        "our rekey",
        () ->
            host.view().rekeys() >= before + (ikeSa ? 1 : 3)
                && host.view().ikeSas() == 1
                && host.installed() == 3);
  }

  // --- IKE_SA_INIT ------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldAgreeOnAGroupThatWasNotTheFirstGuess(boolean weOpen) throws IOException {
    Suite suite =
        new Suite(
            "test",
            "",
            weOpen
                ? "aes256gcm16-prfsha384-ecp384"
                : "aes256-sha1-modp1024,aes256gcm16-prfsha384-ecp384",
            "aes256gcm16");
    startSwan(settings(suite, weOpen ? Role.RESPONDER_ONLY : Role.INITIATOR_ONLY));
    List<IkeSuite> ours =
        weOpen ? List.of(Peers.WEAK, Peers.STRONG) : List.of(Peers.STRONG, Peers.WEAK);
    startHost(peer(weOpen, ours, List.of(Peers.GCM)));
    awaitUp();

    assertThat(host.view().suite()).isEqualTo("GCMAES256/SHA384/ECP384");
    assertPing();
  }

  @Test
  void shouldComeUpWhenBothOpenAtOnce() throws IOException {
    startHost(
        peer(true, List.of(Peers.STRONG), List.of(Peers.GCM))
            .role(IkePeer.Role.INITIATE_AND_RESPOND));
    startSwan(
        settings(
            new Suite("test", "", "aes256gcm16-prfsha384-ecp384", "aes256gcm16"),
            Role.INITIATOR_ONLY));
    awaitUp();
    assertPing();
    Await.pause(Duration.ofSeconds(3));
    assertPing();
    assertThat(host.codes()).doesNotContain("peer-deleted");
  }

  // --- liveness and deletion --------------------------------------------------------------------

  private void upAsInitiator(Duration liveness, Duration timeout) throws IOException {
    startSwan(
        settings(
            new Suite("test", "", "aes256gcm16-prfsha384-ecp384", "aes256gcm16"),
            Role.RESPONDER_ONLY));
    startHost(peer(true, List.of(Peers.STRONG), List.of(Peers.GCM)).liveness(liveness, timeout));
    awaitUp();
    assertPing();
  }

  @Test
  void shouldComeBackWhenStrongSwanDeletesTheIkeSa() throws IOException {
    upAsInitiator(Duration.ofSeconds(10), Duration.ofSeconds(45));
    swan.swanctl("--terminate", "--ike", "bench");
    await("the DELETE to be seen", () -> host.codes().contains("peer-deleted"));
    awaitUp();
    assertPing();
  }

  @Test
  void shouldReplaceTheChildThatStrongSwanDeletes() throws IOException {
    upAsInitiator(Duration.ofSeconds(10), Duration.ofSeconds(45));
    long ikeSpi = host.view().initiatorSpi();
    swan.swanctl("--terminate", "--child", "net");
    await("the DELETE to be seen", () -> host.codes().contains("child-deleted"));
    awaitUp();
    assertThat(host.view().initiatorSpi()).as("on the same IKE SA").isEqualTo(ikeSpi);
    assertPing();
  }

  @Test
  void shouldNoticeThatStrongSwanDiedAndComeBack() throws IOException {
    upAsInitiator(Duration.ofSeconds(1), Duration.ofSeconds(3));
    Await.pause(Duration.ofSeconds(3)); // liveness checks are answered
    assertThat(host.view().state()).isEqualTo(IkeState.ESTABLISHED);
    swan.kill();
    await("the death to be seen", () -> host.codes().contains("liveness-timeout"));
    assertThat(host.installed()).isZero();
    swan.start();
    awaitUp();
    assertPing();
  }

  // --- reasons ----------------------------------------------------------------------------------

  private IkeReason assertFails(
      boolean weOpen, StrongSwanSettings settings, Peers.Builder peer, String code, String setting)
      throws IOException {
    startSwan(settings.withRole(weOpen ? Role.RESPONDER_ONLY : Role.INITIATOR_ONLY));
    startHost(peer.role(roleOf(weOpen)));
    // One look: where we open, the next attempt follows.
    AtomicReference<IkeView> told = new AtomicReference<>();
    await(
        "reason " + code,
        () -> {
          told.set(host.view());
          return told.get().reason().code().equals(code);
        });
    assertThat(told.get().state()).isEqualTo(IkeState.FAILED);
    assertThat(told.get().reason().details()).containsEntry("setting", setting);
    return told.get().reason();
  }

  private StrongSwanSettings strong() {
    return settings(
        new Suite("test", "", "aes256gcm16-prfsha384-ecp384", "aes256gcm16"), Role.RESPONDER_ONLY);
  }

  private static Peers.Builder strongPeer() {
    return peer(true, List.of(Peers.STRONG), List.of(Peers.GCM));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellAWrongKey(boolean weOpen) throws IOException {
    assertFails(weOpen, strong(), strongPeer().secret("another"), "psk-mismatch", "psk");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellAWrongIdentity(boolean weOpen) throws IOException {
    IkeReason told =
        assertFails(
            weOpen,
            strong(),
            strongPeer().remoteId(IkeId.fqdn("gw.example")),
            "wrong-identity",
            "remote-id");
    assertThat(told.sentence()).contains(GATEWAY, "gw.example");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellThatNoProposalFits(boolean weOpen) throws IOException {
    assertFails(
        weOpen,
        strong(),
        peer(true, List.of(Peers.MIDDLE), List.of(Peers.GCM)),
        "no-proposal-chosen",
        "policy");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellThatNoEspProposalFits(boolean weOpen) throws IOException {
    assertFails(
        weOpen,
        strong(),
        peer(true, List.of(Peers.STRONG), List.of(Peers.CBC)),
        "no-proposal-chosen",
        "policy");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellThatSelectorsDoNotFit(boolean weOpen) throws IOException {
    assertFails(
        weOpen,
        strong(),
        strongPeer()
            .selectors(
                List.of(Peers.selector("172.16.0.0", "172.16.255.255")),
                List.of(Peers.selector("10.10.0.0", "10.10.255.255"))),
        "ts-unacceptable",
        "traffic-selectors");
  }
}
