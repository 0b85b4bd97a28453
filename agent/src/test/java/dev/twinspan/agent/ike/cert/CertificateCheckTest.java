package dev.twinspan.agent.ike.cert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.cert.CertificateCheck.Result;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.ike.message.IkeId;
import java.net.InetAddress;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a peer's certificates must be to be believed, and the fault of each that is not. */
class CertificateCheckTest {
  private static final Instant NOW = TestPki.NOW;
  private static final IkeId HUB = IkeId.fqdn("hub.example");
  private static final Entity ROOT = TestPki.root(Kind.P384, "root");
  private static final Entity CA = ROOT.issues(Kind.P256, "ca").ca().build();
  private static final Entity PEER = CA.issues(Kind.P256, "hub").dns("hub.example").build();

  private static TrustStore trusting(Entity anchor, X509CRL... crls) {
    return new TrustStore(List.of(anchor.certificate()), List.of(crls));
  }

  private static Result check(Entity peer, TrustStore trust) {
    return CertificateCheck.check(peer.ders(), HUB, trust, NOW);
  }

  private static CertificateFault fault(Result result) {
    return ((Result.Refused) result).fault();
  }

  private static CertificateFault fault(Entity peer) {
    return fault(check(peer, trusting(ROOT)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"RSA_2048", "RSA_3072", "P256", "P384"})
  void shouldBelieveEveryKindThroughTwoLevels(Kind kind) {
    Entity root = TestPki.root(kind, "other root");
    Entity ca = root.issues(kind, "other ca").ca().build();
    Entity peer = ca.issues(kind, "hub").dns("hub.example").build();

    assertThat(check(peer, trusting(root))).isInstanceOf(Result.Trusted.class);
    assertThat(check(peer, trusting(ca))).isInstanceOf(Result.Trusted.class);
  }

  @Test
  void shouldFindThePathInAnyOrderAndAmongOthers() {
    Entity three = CA.issues(Kind.P256, "sub").ca().build();
    Entity peer = three.issues(Kind.P256, "hub").dns("hub.example").build();
    List<byte[]> ders = new ArrayList<>(peer.ders());
    ders.add(TestPki.der(TestPki.root(Kind.P256, "stranger").certificate()));
    java.util.Collections.reverse(ders.subList(1, ders.size()));

    assertThat(CertificateCheck.check(ders, HUB, trusting(ROOT), NOW))
        .isInstanceOf(Result.Trusted.class);
  }

  @Test
  void shouldBelieveTheOneCertificateThatIsTrustedItself() {
    Entity self = TestPki.root(Kind.P256, "self");
    TrustStore trust = trusting(self);
    assertThat(fault(CertificateCheck.check(self.ders(), HUB, trust, NOW)))
        .as("a CA's certificate signs no IKE_AUTH")
        .isInstanceOf(CertificateFault.Unsuitable.class);
    assertThat(check(PEER, trusting(PEER))).isInstanceOf(Result.Trusted.class);
  }

  @Test
  void shouldTellAnUnknownCa() {
    Entity other = TestPki.root(Kind.P256, "somebody else");
    assertThat(fault(check(PEER, trusting(other))))
        .isEqualTo(
            new CertificateFault.UnknownCa(
                "CN=ca,O=Twinspan Test,C=CH",
                "CN=root,O=Twinspan Test,C=CH",
                List.of("CN=somebody else,O=Twinspan Test,C=CH")));
    assertThat(fault(CertificateCheck.check(PEER.ders().subList(0, 1), HUB, trusting(ROOT), NOW)))
        .as("its intermediate CA was not sent")
        .isInstanceOf(CertificateFault.UnknownCa.class);
  }

  @Test
  void shouldTellASignatureThatIsNotTheIssuers() {
    Entity forged = CA.issues(Kind.P256, "hub").dns("hub.example").spoiled().build();
    assertThat(fault(forged))
        .isEqualTo(
            new CertificateFault.BadSignature(
                "CN=hub,O=Twinspan Test,C=CH", "CN=ca,O=Twinspan Test,C=CH"));

    Entity sameName = TestPki.root(Kind.RSA_2048, "root");
    assertThat(fault(check(PEER, trusting(sameName))))
        .isInstanceOf(CertificateFault.BadSignature.class);
  }

  @Test
  void shouldTellAnExpiredOneAndOneOfTomorrow() {
    Instant yesterday = NOW.minus(Duration.ofDays(1));
    Instant tomorrow = NOW.plus(Duration.ofDays(1));
    Entity old =
        CA.issues(Kind.P256, "hub")
            .dns("hub.example")
            .valid(yesterday, NOW.minusSeconds(1))
            .build();
    assertThat(fault(old))
        .isEqualTo(
            new CertificateFault.Expired("CN=hub,O=Twinspan Test,C=CH", NOW.minusSeconds(1), NOW));

    Entity early =
        CA.issues(Kind.P256, "hub")
            .dns("hub.example")
            .valid(tomorrow, NOW.plusSeconds(200_000))
            .build();
    assertThat(fault(early))
        .isEqualTo(new CertificateFault.NotYetValid("CN=hub,O=Twinspan Test,C=CH", tomorrow, NOW));

    Entity oldCa =
        ROOT.issues(Kind.P256, "old ca").ca().valid(yesterday, NOW.minusSeconds(1)).build();
    assertThat(fault(oldCa.issues(Kind.P256, "hub").dns("hub.example").build()))
        .isInstanceOf(CertificateFault.Expired.class);
  }

  @Test
  void shouldTellARevokedOne() {
    X509CRL crl = CA.crl(NOW.minusSeconds(60), NOW.plusSeconds(60), PEER.certificate());
    assertThat(fault(check(PEER, trusting(ROOT, crl))))
        .isEqualTo(
            new CertificateFault.Revoked(
                "CN=hub,O=Twinspan Test,C=CH",
                PEER.certificate().getSerialNumber().toString(16),
                NOW.minusSeconds(60),
                "key compromise"));
    X509CRL ofTheRoot = ROOT.crl(NOW.minusSeconds(60), NOW.plusSeconds(60), CA.certificate());
    X509CRL clean = CA.crl(NOW.minusSeconds(60), NOW.plusSeconds(60));
    assertThat(fault(check(PEER, trusting(ROOT, clean, ofTheRoot))))
        .isInstanceOf(CertificateFault.Revoked.class);
    assertThat(check(PEER, trusting(ROOT, clean))).isInstanceOf(Result.Trusted.class);
  }

  @Test
  void shouldNotTakeSilenceForInnocence() {
    X509CRL old = CA.crl(NOW.minusSeconds(60), NOW.minusSeconds(1));
    assertThat(fault(check(PEER, trusting(ROOT, old))))
        .isEqualTo(
            new CertificateFault.RevocationUnknown(
                "CN=ca,O=Twinspan Test,C=CH", NOW.minusSeconds(1), NOW));

    X509CRL another = ROOT.crl(NOW.minusSeconds(60), NOW.plusSeconds(60));
    assertThat(fault(check(PEER, trusting(ROOT, another))))
        .isEqualTo(new CertificateFault.RevocationUnknown("CN=ca,O=Twinspan Test,C=CH", null, NOW));

    Entity impostor = TestPki.root(Kind.RSA_2048, "ca"); // a list the CA did not sign
    X509CRL forged = impostor.crl(NOW.minusSeconds(60), NOW.plusSeconds(60));
    assertThat(fault(check(PEER, trusting(ROOT, forged))))
        .isInstanceOf(CertificateFault.RevocationUnknown.class);

    X509CRL revokedThen = CA.crl(NOW.minusSeconds(60), NOW.minusSeconds(1), PEER.certificate());
    assertThat(fault(check(PEER, trusting(ROOT, revokedThen))))
        .as("an old list's word still counts")
        .isInstanceOf(CertificateFault.Revoked.class);
  }

  @Test
  void shouldTellWhomItIsForWhenThatIsAnother() {
    assertThat(
            fault(
                CertificateCheck.check(
                    PEER.ders(), IkeId.fqdn("hub2.example"), trusting(ROOT), NOW)))
        .isEqualTo(
            new CertificateFault.WrongSubject(
                "CN=hub,O=Twinspan Test,C=CH",
                List.of("CN=hub,O=Twinspan Test,C=CH", "hub.example (ID_FQDN)"),
                "hub2.example (ID_FQDN)"));
  }

  @Test
  void shouldMatchEachKindOfIdentity() {
    Entity peer =
        CA.issues(Kind.P256, "hub.example")
            .dns("Hub.Example")
            .ip("203.0.113.10")
            .ip("2001:db8::1")
            .mail("vpn@example.org")
            .build();
    TrustStore trust = trusting(ROOT);
    for (IkeId id :
        List.of(
            HUB,
            IkeId.of(InetAddress.ofLiteral("203.0.113.10")),
            IkeId.of(InetAddress.ofLiteral("2001:db8::1")),
            new IkeId(IkeId.RFC822_ADDR, "vpn@example.org".getBytes()),
            TestPki.dn(peer.certificate()))) {
      assertThat(CertificateCheck.check(peer.ders(), id, trust, NOW))
          .as(id.text())
          .isInstanceOf(Result.Trusted.class);
    }
    for (IkeId id :
        List.of(
            IkeId.fqdn("203.0.113.10"),
            IkeId.fqdn("example"),
            IkeId.of(InetAddress.ofLiteral("203.0.113.11")),
            new IkeId(IkeId.RFC822_ADDR, "hub.example".getBytes()),
            new IkeId(IkeId.KEY_ID, "hub.example".getBytes()),
            new IkeId(IkeId.DER_ASN1_DN, new byte[] {1, 2, 3}),
            TestPki.dn(CA.certificate()))) {
      assertThat(fault(CertificateCheck.check(peer.ders(), id, trust, NOW)))
          .as(id.text())
          .isInstanceOf(CertificateFault.WrongSubject.class);
    }
    Entity commonName = CA.issues(Kind.P256, "hub.example").build();
    assertThat(fault(commonName))
        .as("a common name is no host name")
        .isInstanceOf(CertificateFault.WrongSubject.class);
  }

  /** RFC 5280: the certificate of an end may not vouch for others. */
  @Test
  void shouldNotLetAnEndIssueCertificates() {
    Entity end = CA.issues(Kind.P256, "some branch").dns("branch.example").build();
    Entity forged = end.issues(Kind.P256, "hub").dns("hub.example").build();
    assertThat(fault(forged)).isInstanceOf(CertificateFault.Unsuitable.class);
  }

  @Test
  void shouldRefuseWeakKeysAndOtherUses() {
    assertThat(fault(CA.issues(Kind.RSA_1024, "hub").dns("hub.example").build()))
        .isEqualTo(
            new CertificateFault.Unsuitable(
                "CN=hub,O=Twinspan Test,C=CH",
                "it has an RSA key of 1024 bits; expected 2048 to 8192"));
    assertThat(fault(CA.issues(Kind.P521, "hub").dns("hub.example").build()))
        .isInstanceOf(CertificateFault.Unsuitable.class);
    assertThat(
            fault(
                CA.issues(Kind.P256, "hub")
                    .dns("hub.example")
                    .usage(KeyUsage.keyEncipherment)
                    .build()))
        .isInstanceOf(CertificateFault.Unsuitable.class);
  }

  @Test
  void shouldTellThatNothingOrRubbishWasSent() {
    TrustStore trust = trusting(ROOT);
    assertThat(fault(CertificateCheck.check(List.of(), HUB, trust, NOW)))
        .isEqualTo(new CertificateFault.Missing());
    for (byte[] rubbish :
        List.of(new byte[0], new byte[] {0x30, 0}, new byte[20_000], "-----BEGIN".getBytes())) {
      assertThat(fault(CertificateCheck.check(List.of(rubbish), HUB, trust, NOW)))
          .isInstanceOf(CertificateFault.Unreadable.class);
    }
    byte[] twice = Arrays.copyOf(PEER.ders().getFirst(), PEER.ders().getFirst().length + 1);
    assertThat(fault(CertificateCheck.check(List.of(twice), HUB, trust, NOW)))
        .isInstanceOf(CertificateFault.Unreadable.class);
  }

  /** Certificates come from strangers: no damage throws, and none is believed. */
  @Test
  void shouldSurviveDamagedCertificates() {
    SplittableRandom random = new SplittableRandom(Long.getLong("twinspan.seed", 1));
    int count = Integer.getInteger("twinspan.mutations", 200_000) / 100;
    TrustStore trust = trusting(ROOT);
    for (int i = 0; i < count; i++) {
      List<byte[]> ders = new ArrayList<>(PEER.ders());
      int which = random.nextInt(ders.size());
      byte[] damaged = ders.get(which).clone();
      for (int hits = random.nextInt(3); hits >= 0; hits--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(8) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      }
      boolean same = Arrays.equals(damaged, ders.get(which));
      ders.set(which, damaged);
      Result result = CertificateCheck.check(ders, HUB, trust, NOW);
      assertThat(result instanceof Result.Trusted).isEqualTo(same);
    }
  }

  /**
   * The BIT STRING of a signature that ends in a zero bit can claim that bit unused: other bytes,
   * the same signature. Found by the fuzzer.
   */
  @Test
  void shouldNotBelieveASignatureOfLessThanWholeOctets() {
    Entity peer = PEER;
    while ((peer.ders().getFirst()[peer.ders().getFirst().length - 1] & 1) != 0) {
      peer = CA.issues(Kind.P256, "hub").dns("hub.example").build();
    }
    byte[] altered = peer.ders().getFirst().clone();
    int unusedBits = altered.length - peer.certificate().getSignature().length - 1;
    assertThat(altered[unusedBits]).isZero();
    altered[unusedBits] = 1;

    assertThat(check(peer, trusting(ROOT))).isInstanceOf(Result.Trusted.class);
    assertThat(
            CertificateCheck.check(
                List.of(altered, TestPki.der(CA.certificate())), HUB, trusting(ROOT), NOW))
        .isInstanceOf(Result.Refused.class);
  }

  @Test
  void shouldNotBelieveACertificateWithAnyBitTurned() {
    for (int bit = 0; bit < PEER.ders().getFirst().length * Byte.SIZE; bit++) {
      List<byte[]> ders = new ArrayList<>(PEER.ders());
      byte[] altered = ders.getFirst().clone();
      altered[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      ders.set(0, altered);

      assertThat(CertificateCheck.check(ders, HUB, trusting(ROOT), NOW))
          .as("bit %d", bit)
          .isInstanceOf(Result.Refused.class);
    }
  }
}
