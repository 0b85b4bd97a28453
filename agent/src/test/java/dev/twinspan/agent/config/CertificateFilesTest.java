package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code certificate} in the configuration, and what can be wrong with its files. */
class CertificateFilesTest {
  private static final Entity ROOT = TestPki.root(Kind.P256, "root");
  private static final Entity CA = ROOT.issues(Kind.P256, "ca").ca().build();
  private static final Entity OWN =
      CA.issues(Kind.RSA_2048, "branch").dns("branch.example").ip("198.51.100.7").build();
  private static final String PSK = "    psk:\n      file: secrets/hub-weu.psk";
  private static final String WHERE = "connections[0].certificate.";

  @TempDir Path folder;
  ConfigFixture sample;

  @BeforeEach
  void sample() throws IOException {
    sample = new ConfigFixture(folder);
    String text = Files.readString(sample.write());
    sample.text(text.replaceFirst("(?m)^    psk:.*\n.*$", certificate("")));
    OWN.writeChain(folder.resolve("own.pem"));
    OWN.writeKey(folder.resolve("own.key"));
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
    TestPki.write(
        folder.resolve("ca.crl"),
        CA.crl(TestPki.NOW.minusSeconds(60), TestPki.NOW.plus(Duration.ofDays(1))));
  }

  private static String certificate(String more) {
    return "    local-id: branch.example\n"
        + "    certificate:\n"
        + "      file: own.pem\n"
        + "      key-file: own.key\n"
        + "      trust-file: ca.pem"
        + more;
  }

  private ConnectionConfig read() {
    ConfigResult result = sample.read();
    assertThat(result.problems()).isEmpty();
    return result.config().connections().getFirst();
  }

  @Test
  void shouldReadCertificateKeyTrustAndList() {
    sample.with("trust-file: ca.pem", "trust-file: ca.pem\n      crl-file: ca.crl");
    var certificate = (AuthConfig.Certificate) read().auth();

    assertThat(certificate.credentials().chain())
        .containsExactly(OWN.certificate(), CA.certificate());
    assertThat(certificate.credentials().trust().anchors()).containsExactly(ROOT.certificate());
    assertThat(certificate.credentials().trust().crls()).hasSize(1);
    String shown = ConfigJson.tree(sample.read().config()).toString();
    assertThat(shown).contains("own.key", "ca.crl").doesNotContain("PRIVATE", "SigningKey");
    assertThat(sample.read().config().toString()).contains("SigningKey[***]");
  }

  @Test
  void shouldTakeEveryFormOfPrivateKeyOpensslWrites() throws IOException {
    for (Entity own : List.of(OWN, CA.issues(Kind.P384, "branch").dns("branch.example").build())) {
      own.writeChain(folder.resolve("own.pem"));
      for (String label : List.of("PRIVATE KEY", "traditional")) {
        Path key = own.writeKey(folder.resolve("own.key"));
        if (!label.equals("PRIVATE KEY")) {
          TestPki.writeTraditional(key, own);
        }
        assertThat(read().auth()).isInstanceOf(AuthConfig.Certificate.class);
      }
    }
  }

  @Test
  void shouldWantEitherAKeyOrACertificate() {
    sample.with("    certificate:", PSK + "\n    certificate:");
    assertThat(sample.sentences())
        .containsExactly(
            "connections[0].psk: stands beside certificate: expected one of them; leave out the"
                + " other");
    sample.with(
        PSK + "\n" + certificate("").substring("    local-id: branch.example\n".length()) + "\n",
        "");
    assertThat(sample.sentences())
        .containsExactly(
            "connections[0]: has neither psk nor certificate: set the one that the peer uses");
  }

  @Test
  void shouldSayWhichFileIsMissing() throws IOException {
    Files.delete(folder.resolve("ca.pem"));
    assertThat(sample.sentences())
        .containsExactly(
            WHERE
                + "trust-file: "
                + folder.resolve("ca.pem")
                + " does not exist: put the file there");
  }

  @Test
  void shouldRefuseAKeyOthersMayRead() throws IOException {
    Files.setPosixFilePermissions(
        folder.resolve("own.key"), PosixFilePermissions.fromString("rw-r-----"));
    assertThat(sample.sentences()).hasSize(1).first().asString().contains("mode 0640", "chmod 600");
  }

  @Test
  void shouldRefuseAKeyThatIsAnothers() {
    CA.issues(Kind.RSA_2048, "another").build().writeKey(folder.resolve("own.key"));
    assertThat(sample.sentences())
        .containsExactly(
            WHERE
                + "key-file: %s is not the private key of the first certificate in %s (CN=branch,O=Twinspan Test,C=CH): expected the pair"
                    .formatted(folder.resolve("own.key"), folder.resolve("own.pem")));
  }

  @Test
  void shouldRefuseFilesThatHoldSomethingElse() throws IOException {
    Files.copy(
        folder.resolve("ca.pem"),
        folder.resolve("own.key"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(
        folder.resolve("own.key"), PosixFilePermissions.fromString("rw-------"));
    assertThat(sample.sentences()).hasSize(1).first().asString().contains("no usable private key");

    OWN.writeKey(folder.resolve("own.key"));
    OWN.writeKey(folder.resolve("ca.pem"));
    assertThat(sample.sentences()).hasSize(1).first().asString().contains("holds 0 certificates");

    Files.writeString(
        folder.resolve("own.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
    assertThat(sample.sentences()).hasSize(1).first().asString().contains("it is encrypted");
  }

  @Test
  void shouldWarnOfDatesOnly() {
    Entity old =
        CA.issues(Kind.RSA_2048, "branch")
            .dns("branch.example")
            .valid(TestPki.NOW.minusSeconds(100), TestPki.NOW.minusSeconds(50))
            .build();
    old.writeChain(folder.resolve("own.pem"));
    ConfigResult result = sample.read();
    assertThat(result.config()).isNotNull();
    assertThat(result.problems()).hasSize(1);
    assertThat(result.problems().getFirst().toString()).contains("renew it, or correct the clock");
  }

  @Test
  void shouldRefuseALocalIdTheCertificateIsNotFor() {
    sample.with("local-id: branch.example", "local-id: other.example");
    assertThat(sample.sentences())
        .containsExactly(
            "connections[0].local-id: other.example (ID_FQDN) is not in this box's certificate, so"
                + " the peer would refuse it: set local-id to one of CN=branch,O=Twinspan"
                + " Test,C=CH; branch.example (ID_FQDN); 198.51.100.7 (ID_IPV4_ADDR)");
    sample.with("local-id: other.example", "local-id: 'CN=branch,O=Twinspan Test,C=CH'");
    assertThat(sample.problems()).isEmpty();
    sample.with("local-id: 'CN=branch,O=Twinspan Test,C=CH'", "local-id: 'CN=branch,ou'");
    assertThat(sample.sentences())
        .hasSize(1)
        .first()
        .asString()
        .contains("is no distinguished name");
  }
}
