package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Builder;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** IKE_AUTH with certificates between two engines: left opens, right answers. */
class IkeCertificateTest {
  private static final IkeId LEFT = IkeId.fqdn("left.example");
  private static final IkeId RIGHT = IkeId.fqdn("right.example");
  private static final Entity ROOT = TestPki.root(Kind.P256, "root");
  private static final Entity CA = ROOT.issues(Kind.P256, "ca").ca().build();

  private final TwoEngines two = new TwoEngines();

  private static Entity left(Kind kind) {
    return CA.issues(kind, "left").dns("left.example").build();
  }

  private static Builder right() {
    return CA.issues(Kind.P256, "right").dns("right.example");
  }

  private Peers.Builder ofLeft(Credentials credentials) {
    return two.ofLeft().localId(LEFT).remoteId(RIGHT).credentials(credentials);
  }

  private Peers.Builder ofRight(Credentials credentials) {
    return two.ofRight().localId(RIGHT).remoteId(LEFT).credentials(credentials);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"RSA_2048", "RSA_3072", "P256", "P384"})
  void shouldAuthenticateEachOtherWithEveryKind(Kind kind) {
    Entity root = TestPki.root(kind, "root");
    Entity ca = root.issues(kind, "ca").ca().build();
    Entity left = ca.issues(kind, "left").dns("left.example").build();
    Entity right = ca.issues(kind, "right").dns("right.example").build();
    two.start(ofLeft(left.credentials(List.of(root))), ofRight(right.credentials(List.of(root))));
    two.reach();
    assertThat(two.leftView().retransmits()).isZero();
  }

  @Test
  void shouldCarryTheChainInFragmentsOfTheDefaultSize() {
    Entity root = TestPki.root(Kind.RSA_2048, "root");
    Entity ca = root.issues(Kind.RSA_2048, "ca").ca().build();
    List<byte[]> seen = new ArrayList<>();
    two.world
        .network()
        .eat(
            datagram -> {
              seen.add(datagram.payload());
              return false;
            });
    two.start(
        ofLeft(
            ca.issues(Kind.RSA_2048, "left")
                .dns("left.example")
                .build()
                .credentials(List.of(root))),
        ofRight(
            ca.issues(Kind.RSA_2048, "right")
                .dns("right.example")
                .build()
                .credentials(List.of(root))));
    two.reach();
    assertThat(seen).allSatisfy(d -> assertThat(d.length).isLessThanOrEqualTo(1280 - 32));
    assertThat(seen.stream().filter(d -> IkeCodec.fragment(d) != null).count())
        .isGreaterThanOrEqualTo(4);
  }

  /** A distinguished name, and one side with another kind of key than the other. */
  @Test
  void shouldKnowAPeerByItsDistinguishedName() {
    Entity left = left(Kind.RSA_2048);
    Entity right = right().build();
    two.start(
        ofLeft(left.credentials(List.of(ROOT))).localId(TestPki.dn(left.certificate())),
        ofRight(right.credentials(List.of(ROOT))).remoteId(TestPki.dn(left.certificate())));
    two.reach();
  }

  // --- each fault its own reason ----------------------------------------------------------------

  static Stream<Arguments> faults() {
    Entity good = right().build();
    Entity stranger = TestPki.root(Kind.P256, "stranger");
    X509CRL crl =
        CA.crl(TestPki.NOW.minusSeconds(60), TestPki.NOW.plusSeconds(600), good.certificate());
    X509CRL outdated = CA.crl(TestPki.NOW.minusSeconds(60), TestPki.NOW.minusSeconds(1));
    return Stream.of(
        Arguments.of(
            "certificate-expired",
            "valid until",
            right()
                .valid(TestPki.NOW.minus(Duration.ofDays(2)), TestPki.NOW.minusSeconds(60))
                .build(),
            List.of()),
        Arguments.of(
            "certificate-not-yet-valid",
            "valid from",
            right()
                .valid(TestPki.NOW.plus(Duration.ofDays(1)), TestPki.NOW.plus(Duration.ofDays(2)))
                .build(),
            List.of()),
        Arguments.of("certificate-revoked", "certificate.crl-file", good, List.of(crl)),
        Arguments.of(
            "certificate-revocation-unknown", "certificate.crl-file", good, List.of(outdated)),
        Arguments.of(
            "certificate-wrong-subject",
            "set remote-id",
            CA.issues(Kind.P256, "right").dns("another.example").build(),
            List.of()),
        Arguments.of(
            "certificate-unknown-ca",
            "CN=stranger,O=Twinspan Test,C=CH, which is not trusted here; trusted: CN=root",
            stranger.issues(Kind.P256, "right").dns("right.example").build(),
            List.of()),
        Arguments.of(
            "certificate-bad-signature", "did not sign it", right().spoiled().build(), List.of()),
        Arguments.of(
            "certificate-unsuitable",
            "key usage",
            right().usage(KeyUsage.keyEncipherment).build(),
            List.of()),
        Arguments.of(
            "signature-mismatch",
            "private key",
            new Entity(
                good.certificate(), CA.issues(Kind.P256, "other key").build().keys(), good.above()),
            List.of()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void shouldTellEachFaultAsInitiatorAndAsResponder(
      String code, String words, Entity bad, List<X509CRL> crls) {
    X509CRL[] lists = crls.toArray(X509CRL[]::new);
    Credentials judge = left(Kind.P256).credentials(List.of(ROOT), lists);

    two.start(ofLeft(judge), ofRight(bad.credentials(List.of(ROOT))));
    two.world.run(Duration.ofSeconds(3));
    assertRefused(two.left, "right", code, words);
    assertThat(TwoEngines.codes(two.right)).contains("certificate-refused");

    TwoEngines reversed = new TwoEngines(2);
    reversed.start(
        reversed.ofLeft().localId(RIGHT).remoteId(LEFT).credentials(bad.credentials(List.of(ROOT))),
        reversed.ofRight().localId(LEFT).remoteId(RIGHT).credentials(judge));
    reversed.world.run(Duration.ofSeconds(3));
    assertRefused(reversed.right, "left", code, words);
    assertThat(TwoEngines.codes(reversed.left)).contains("certificate-refused");
  }

  private static void assertRefused(SimNode judge, String peer, String code, String words) {
    IkeReason reason = judge.view(peer).reason();
    assertThat(judge.view(peer).state()).isEqualTo(IkeState.FAILED);
    assertThat(reason.code()).isEqualTo(code);
    assertThat(reason.sentence()).contains(words).startsWith(peer + " (192.0.2.");
    assertThat(reason.details()).containsKey("setting");
    assertThat(judge.installed()).isEmpty();
  }

  @Test
  void shouldTellAKeyAndACertificateApart() {
    two.start(
        ofLeft(left(Kind.P256).credentials(List.of(ROOT))),
        two.ofRight().localId(RIGHT).remoteId(LEFT));
    two.world.run(Duration.ofSeconds(3));
    assertThat(two.rightView().reason().code()).isEqualTo("wrong-auth-method");
    assertThat(two.rightView().reason().sentence())
        .contains("method 9", "expected a pre-shared key (method 2)");

    TwoEngines other = new TwoEngines(2);
    other.start(
        other.ofLeft().localId(LEFT).remoteId(RIGHT),
        other
            .ofRight()
            .localId(RIGHT)
            .remoteId(LEFT)
            .credentials(right().build().credentials(List.of(ROOT))));
    other.world.run(Duration.ofSeconds(3));
    assertThat(other.rightView().reason().code()).isEqualTo("wrong-auth-method");
    assertThat(other.rightView().reason().sentence())
        .contains("a pre-shared key (method 2)", "set psk instead of certificate");
  }

  /** One connection with a key, another with certificates, on the same box. */
  @Test
  void shouldServePeersWithKeysAndPeersWithCertificatesSideBySide() {
    SimNode third = two.world.node("third", "192.0.2.3");
    Entity right = right().build();
    IkePeer withKey = Peers.from(two.right, third).role(IkePeer.Role.RESPOND_ONLY).build();
    two.left.configure(ofLeft(left(Kind.P256).credentials(List.of(ROOT))).build());
    third.configure(Peers.from(third, two.right).role(IkePeer.Role.INITIATE_ONLY).build());
    two.right.configure(ofRight(right.credentials(List.of(ROOT))).build(), withKey);
    two.reach();
    two.world.check(
        two.world.runUntil(() -> third.isUp("right"), Duration.ofSeconds(5)), () -> "not up");
  }

  @Test
  void shouldTakeAFreshRevocationListWithoutDroppingTheTunnel() {
    Entity right = right().build();
    Entity left = left(Kind.P256);
    X509CRL clean = CA.crl(TestPki.NOW.minusSeconds(60), TestPki.NOW.plusSeconds(600));
    X509CRL revoking =
        CA.crl(TestPki.NOW.minusSeconds(30), TestPki.NOW.plusSeconds(600), right.certificate());
    two.start(
        ofLeft(left.credentials(List.of(ROOT), clean)), ofRight(right.credentials(List.of(ROOT))));
    two.reach();
    IkeView before = two.leftView();
    two.left.configure(ofLeft(left.credentials(List.of(ROOT), revoking)).build());
    assertThat(two.leftView().initiatorSpi()).isEqualTo(before.initiatorSpi());
    two.left.reset("right");
    two.world.run(Duration.ofSeconds(3));
    assertThat(two.leftView().reason().code()).isEqualTo("certificate-revoked");
  }
}
