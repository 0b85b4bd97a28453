package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformNamesTest {
  /** Type, id, key length; the field's word; Azure's in an IKE and in an ESP proposal. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          1, 12, 256, AES-CBC-256,       AES256,            AES256
          1, 20, 128, AES-GCM-16-128,    GCMAES128,         GCMAES128
          1, 19, 256, AES-GCM-12-256,    AES-GCM-12-256,    AES-GCM-12-256
          1, 12, 0,   AES-CBC,           AES-CBC,           AES-CBC
          1, 12, -1,  AES-CBC with an unknown attribute, AES-CBC with an unknown attribute, AES-CBC with an unknown attribute
          1, 3,  0,   3DES,              DES3,              DES3
          1, 28, 0,   CHACHA20-POLY1305, CHACHA20-POLY1305, CHACHA20-POLY1305
          1, 99, 0,   encryption 99,     encryption 99,     encryption 99
          2, 5,  0,   PRF-HMAC-SHA2-256, SHA256,            SHA256
          2, 7,  0,   PRF-HMAC-SHA2-512, PRF-HMAC-SHA2-512, PRF-HMAC-SHA2-512
          3, 2,  0,   HMAC-SHA1-96,      SHA1,              SHA1
          3, 13, 0,   HMAC-SHA2-384-192, SHA384,            SHA384
          4, 14, 0,   MODP2048,          DHGroup14,         PFS2048
          4, 20, 0,   ECP384,            ECP384,            ECP384
          4, 31, 0,   CURVE25519,        CURVE25519,        CURVE25519
          5, 1,  0,   ESN,               ESN,               ESN
          200, 7, 0,  transform type 200 id 7, transform type 200 id 7, transform type 200 id 7
          """)
  void shouldNameTransforms(
      int type, int id, int keyLength, String field, String ikeSetting, String espSetting) {
    Transform transform = new Transform(type, id, keyLength);

    assertThat(TransformNames.describe(transform)).isEqualTo(field);
    assertThat(TransformNames.azure(Proposal.PROTOCOL_IKE, transform)).isEqualTo(ikeSetting);
    assertThat(TransformNames.azure(Proposal.PROTOCOL_ESP, transform)).isEqualTo(espSetting);
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
}
