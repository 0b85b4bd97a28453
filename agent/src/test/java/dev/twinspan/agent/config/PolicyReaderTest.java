package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.ffi.crypto.EspTransform;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyReaderTest {
  @TempDir Path folder;

  private ConfigFixture policy(
      String ikeEncryption,
      String ikeIntegrity,
      String dhGroup,
      String ipsecEncryption,
      String ipsecIntegrity,
      String pfsGroup) {
    return new ConfigFixture(folder)
        .with(
            "policy: azure-strong ",
            ("policy: {ikeEncryption: %s, ikeIntegrity: %s, dhGroup: %s, ipsecEncryption: %s,"
                    + " ipsecIntegrity: %s, pfsGroup: %s, saLifeTimeSeconds: 3600,"
                    + " saDataSizeKilobytes: 2048} ")
                .formatted(
                    ikeEncryption,
                    ikeIntegrity,
                    dhGroup,
                    ipsecEncryption,
                    ipsecIntegrity,
                    pfsGroup));
  }

  private static IkePolicy read(ConfigFixture config) {
    ConfigResult result = config.read();
    assertThat(result.problems()).isEmpty();
    assertThat(result.config()).isNotNull();
    return result.config().connections().getFirst().policy();
  }

  @Test
  void shouldReadAPolicyInAzuresFieldNames() {
    assertThat(read(policy("AES256", "SHA256", "DHGroup14", "AES256", "SHA256", "None")))
        .isEqualTo(
            new IkePolicy(
                "custom",
                List.of(
                    new IkePolicy.IkeSuite(
                        new IkeCipher(
                            IkeCipher.Encryption.AES_CBC,
                            256,
                            IkeCipher.Integrity.HMAC_SHA2_256_128),
                        PrfAlgorithm.HMAC_SHA2_256,
                        DhGroup.MODP2048)),
                List.of(new IkePolicy.EspSuite(EspTransform.AES_CBC_256_SHA256_128, null, false)),
                Duration.ofSeconds(28_800),
                Duration.ofSeconds(3600),
                2048 * 1024));
  }

  @Test
  void shouldTakeTheIntegrityFieldAsPrfWithGcm() {
    IkePolicy.IkeSuite suite =
        read(policy("GCMAES256", "SHA384", "ECP384", "GCMAES256", "GCMAES256", "PFSMM"))
            .ike()
            .getFirst();

    assertThat(suite.cipher().integrity()).isEqualTo(IkeCipher.Integrity.NONE);
    assertThat(suite.prf()).isEqualTo(PrfAlgorithm.HMAC_SHA2_384);
  }

  @ParameterizedTest
  @CsvSource({
    "GCMAES128, GCMAES128, AES_GCM_128",
    "GCMAES192, GCMAES192, AES_GCM_192",
    "GCMAES256, GCMAES256, AES_GCM_256",
    "AES128, SHA1, AES_CBC_128_SHA1_96",
    "AES256, SHA1, AES_CBC_256_SHA1_96",
    "AES192, SHA1, AES_CBC_192_SHA1_96",
    "AES128, SHA256, AES_CBC_128_SHA256_128",
    "AES192, SHA256, AES_CBC_192_SHA256_128",
    "AES256, SHA256, AES_CBC_256_SHA256_128",
  })
  void shouldKnowEveryEspCombination(String encryption, String integrity, EspTransform transform) {
    assertThat(read(policy("AES128", "SHA384", "ECP256", encryption, integrity, "ECP384")).esp())
        .containsExactly(new IkePolicy.EspSuite(transform, DhGroup.ECP384, false));
  }

  @ParameterizedTest
  @CsvSource({
    "DHGroup1, PFS1, MODP768",
    "DHGroup2, PFS2, MODP1024",
    "DHGroup14, PFS2048, MODP2048",
    "DHGroup2048, PFS14, MODP2048",
    "ECP256, ECP256, ECP256",
    "ECP384, ECP384, ECP384",
    "DHGroup24, PFS24, MODP2048_256",
    "DHGroup24, PFSMM, MODP2048_256",
  })
  void shouldKnowEveryGroupForIkeAndForPfs(String dhGroup, String pfsGroup, DhGroup group) {
    ConfigResult result =
        policy("AES192", "SHA256", dhGroup, "GCMAES192", "GCMAES192", pfsGroup).read();

    assertThat(result.config()).isNotNull();
    IkePolicy policy = result.config().connections().getFirst().policy();
    assertThat(policy.ike().getFirst().group()).isEqualTo(group);
    assertThat(policy.ike().getFirst().cipher().keyBits()).isEqualTo(192);
    assertThat(policy.esp().getFirst().pfs()).isEqualTo(group);
  }

  @ParameterizedTest
  @CsvSource({"DHGroup1, None, DHGroup1 (MODP768)", "ECP384, PFS2, DHGroup2 (MODP1024)"})
  void shouldWarnOfGroupsThatAreTooWeak(String dhGroup, String pfsGroup, String words) {
    assertThat(policy("AES256", "SHA256", dhGroup, "AES256", "SHA256", pfsGroup).sentences())
        .containsExactly(
            "warning: connections[0].policy: uses "
                + words
                + ", which is too weak by today's measure: set a custom policy on the connection in"
                + " Azure and policy azure-strong here");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DES3 | SHA256 | ECP384 | AES256 | SHA256 | None | ikeEncryption: DES3 is broken and never used here: set ikeEncryption to AES256 or GCMAES256 in the connection's custom policy in Azure, and the same here",
        "AES256 | MD5 | ECP384 | AES256 | SHA256 | None | ikeIntegrity: MD5 is broken and never used here: set ikeIntegrity to SHA256 or SHA384 in the connection's custom policy in Azure, and the same here",
        "AES256 | SHA256 | ECP384 | DES | SHA256 | None | ipsecEncryption: DES is broken and never used here: set ipsecEncryption to GCMAES256 or AES256 in the connection's custom policy in Azure, and the same here",
        "AES256 | SHA256 | ECP384 | AES256 | MD5 | None | ipsecIntegrity: MD5 is broken and never used here: set ipsecIntegrity to SHA256, or the same GCMAES as ipsecEncryption in the connection's custom policy in Azure, and the same here",
        "DES | SHA256 | ECP384 | AES256 | SHA256 | None | ikeEncryption: DES is broken and never used here: set ikeEncryption to AES256 or GCMAES256 in the connection's custom policy in Azure, and the same here",
        "AES256 | SHA256 | ECP384 | DES3 | SHA256 | None | ipsecEncryption: DES3 is broken and never used here: set ipsecEncryption to GCMAES256 or AES256 in the connection's custom policy in Azure, and the same here",
        "AES256 | SHA256 | None | AES256 | SHA256 | None | dhGroup: None leaves IKE without a key exchange: set ECP384 in Azure and here",
        "AES256 | SHA256 | ECP384 | GCMAES256 | SHA256 | None | ipsecIntegrity: \"SHA256\" does not go with ipsecEncryption GCMAES256, expected GCMAES256",
        "AES256 | SHA256 | ECP384 | GCMAES256 | GCMAES128 | None | ipsecIntegrity: \"GCMAES128\" does not go with ipsecEncryption GCMAES256, expected GCMAES256",
        "AES256 | SHA256 | ECP384 | AES256 | GCMAES256 | None | ipsecIntegrity: \"GCMAES256\" does not go with ipsecEncryption AES256, expected SHA256 or SHA1",
        "AES256 | SHA256 | ECP384 | None | SHA256 | None | ipsecEncryption: None would send everything readable: set GCMAES256",
      })
  void shouldRefuseWithTheWayOut(
      String ikeEncryption,
      String ikeIntegrity,
      String dhGroup,
      String ipsecEncryption,
      String ipsecIntegrity,
      String pfsGroup,
      String sentence) {
    assertThat(
            policy(ikeEncryption, ikeIntegrity, dhGroup, ipsecEncryption, ipsecIntegrity, pfsGroup)
                .sentences())
        .containsExactly("connections[0].policy." + sentence);
  }

  @Test
  void shouldHoldLifetimesToAzuresMinima() {
    ConfigFixture config =
        policy("AES256", "SHA256", "ECP384", "AES256", "SHA256", "None")
            .with("saLifeTimeSeconds: 3600", "saLifeTimeSeconds: 299")
            .with("saDataSizeKilobytes: 2048", "saDataSizeKilobytes: 1023");

    assertThat(config.sentences())
        .containsExactly(
            "connections[0].policy.saLifeTimeSeconds: 299, expected 300 to 172799",
            "connections[0].policy.saDataSizeKilobytes: 1023, expected 1024 to 2147483647");
  }

  @Test
  void shouldOfferWhatAzureOffersByDefault() {
    assertThat(Policies.AZURE_DEFAULT.ike())
        .hasSize(4)
        .allSatisfy(suite -> assertThat(suite.group()).isEqualTo(DhGroup.MODP1024));
    assertThat(Policies.AZURE_DEFAULT.esp())
        .containsExactly(
            new IkePolicy.EspSuite(EspTransform.AES_GCM_256, null, false),
            new IkePolicy.EspSuite(EspTransform.AES_CBC_256_SHA1_96, null, false),
            new IkePolicy.EspSuite(EspTransform.AES_CBC_256_SHA256_128, null, false),
            new IkePolicy.EspSuite(EspTransform.AES_CBC_128_SHA1_96, null, false));
    assertThat(Policies.AZURE_DEFAULT.childBytes()).isEqualTo(104_857_600_000L);
  }
}
