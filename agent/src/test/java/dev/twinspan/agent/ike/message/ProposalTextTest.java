package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProposalTextTest {
  private static final Proposal AZURE_DEFAULT =
      ike(
          new Transform(Transform.ENCR, 12, 256),
          new Transform(Transform.INTEG, 2, 0),
          new Transform(Transform.PRF, 2, 0),
          new Transform(Transform.DH, 2, 0));
  private static final Proposal STRONG =
      ike(
          new Transform(Transform.ENCR, 20, 256),
          new Transform(Transform.PRF, 6, 0),
          new Transform(Transform.DH, 20, 0));
  private static final Proposal ESP =
      new Proposal(
          1,
          Proposal.PROTOCOL_ESP,
          new byte[4],
          List.of(
              new Transform(Transform.ENCR, 20, 256),
              new Transform(Transform.DH, 14, 0),
              new Transform(Transform.ESN, 0, 0)));

  @Test
  void shouldSpeakTheFieldsLanguage() {
    assertThat(ProposalText.describe(AZURE_DEFAULT))
        .isEqualTo("AES-CBC-256, HMAC-SHA1-96, PRF-HMAC-SHA1, MODP1024");
    assertThat(ProposalText.describe(STRONG))
        .isEqualTo("AES-GCM-16-256, PRF-HMAC-SHA2-384, ECP384");
    assertThat(ProposalText.describe(ESP)).isEqualTo("AES-GCM-16-256, MODP2048");
    assertThat(ProposalText.describe(List.of(AZURE_DEFAULT, STRONG)))
        .isEqualTo(
            "AES-CBC-256, HMAC-SHA1-96, PRF-HMAC-SHA1, MODP1024;"
                + " AES-GCM-16-256, PRF-HMAC-SHA2-384, ECP384");
  }

  @Test
  void shouldSpeakAzuresLanguage() {
    assertThat(ProposalText.azure(AZURE_DEFAULT))
        .isEqualTo("ikeEncryption AES256, ikeIntegrity SHA1, dhGroup DHGroup2");
    assertThat(ProposalText.azure(STRONG))
        .isEqualTo("ikeEncryption GCMAES256, ikeIntegrity SHA384, dhGroup ECP384");
    assertThat(ProposalText.azure(ESP))
        .isEqualTo("ipsecEncryption GCMAES256, ipsecIntegrity GCMAES256, pfsGroup PFS2048");
  }

  @Test
  void shouldShowAlternativesAndWhatAzureHasNoWordFor() {
    Proposal mixed =
        ike(
            new Transform(Transform.ENCR, 12, 128),
            new Transform(Transform.ENCR, 28, 0),
            new Transform(Transform.INTEG, 14, 0),
            new Transform(Transform.PRF, 7, 0),
            new Transform(Transform.DH, 31, 0),
            new Transform(Transform.DH, 19, 0));

    assertThat(ProposalText.describe(mixed))
        .isEqualTo(
            "AES-CBC-128|CHACHA20-POLY1305, HMAC-SHA2-512-256, PRF-HMAC-SHA2-512,"
                + " CURVE25519|ECP256");
    assertThat(ProposalText.azure(mixed))
        .isEqualTo(
            "ikeEncryption AES128|CHACHA20-POLY1305, ikeIntegrity HMAC-SHA2-512-256,"
                + " dhGroup CURVE25519|ECP256");
  }

  @Test
  void shouldStayReadableWhateverAPeerSends() {
    Transform odd = new Transform(Transform.ENCR, 12, Transform.UNKNOWN_ATTRIBUTE);
    Proposal empty = ike();

    assertThat(ProposalText.describe(ike(odd))).isEqualTo("AES-CBC with an unknown attribute");
    assertThat(ProposalText.describe(ike(new Transform(200, 7, 0))))
        .isEqualTo("transform type 200 id 7");
    assertThat(ProposalText.describe(empty)).isEqualTo("nothing");
    assertThat(ProposalText.azure(empty))
        .isEqualTo("ikeEncryption (none), ikeIntegrity (none), dhGroup (none)");
    assertThat(ProposalText.describe(Collections.nCopies(64, STRONG)))
        .endsWith("; and 52 more")
        .hasSizeLessThan(1000);
  }

  @Test
  void shouldNameNotifications() {
    assertThat(NotifyType.name(14)).isEqualTo("NO_PROPOSAL_CHOSEN");
    assertThat(NotifyType.name(16404)).isEqualTo("MULTIPLE_AUTH_SUPPORTED");
    assertThat(NotifyType.name(999)).isEqualTo("error 999");
    assertThat(NotifyType.name(40_000)).isEqualTo("status 40000");
    assertThat(NotifyType.isError(16_383)).isTrue();
    assertThat(NotifyType.isError(16_384)).isFalse();
  }

  private static Proposal ike(Transform... transforms) {
    return new Proposal(1, Proposal.PROTOCOL_IKE, new byte[0], List.of(transforms));
  }
}
