package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FipsChecksTest {
  @TempDir Path folder;

  private ConfigFixture fips() {
    return new ConfigFixture(folder).with("\nlan:\n", "\nfips: true\nlan:\n");
  }

  private ConfigFixture fips(String dhGroup, String integrity, String pfsGroup) {
    return fips()
        .with(
            "policy: azure-strong ",
            ("policy: {ikeEncryption: AES256, ikeIntegrity: %s, dhGroup: %s, ipsecEncryption: AES256,"
                    + " ipsecIntegrity: %s, pfsGroup: %s} ")
                .formatted(integrity, dhGroup, integrity, pfsGroup));
  }

  @Test
  void shouldHaveNothingAgainstTheStrongPolicy() {
    ConfigResult result = fips().read();

    assertThat(result.problems()).isEmpty();
    assertThat(result.config().crypto()).isEqualTo(new AgentConfig.Crypto("auto", true, true));
  }

  @Test
  void shouldRefuseAzuresDefaultPolicy() {
    assertThat(fips().with("policy: azure-strong ", "policy: azure-default ").sentences())
        .contains(
            "connections[0].policy: DHGroup2 (MODP1024) is outside the approved set of fips: true,"
                + " since it is weaker than 112 bits (SP 800-131A): set a custom policy on the"
                + " connection in Azure and policy azure-strong here");
  }

  @ParameterizedTest
  @CsvSource({
    "DHGroup1, None, dhGroup: DHGroup1 (MODP768), it is weaker than 112 bits (SP 800-131A), dhGroup to ECP384",
    "DHGroup2, None, dhGroup: DHGroup2 (MODP1024), it is weaker than 112 bits (SP 800-131A), dhGroup to ECP384",
    "DHGroup24, None, dhGroup: DHGroup24 (MODP2048_256), its parameters cannot be verified (SP 800-56A), dhGroup to ECP384",
    "ECP384, PFS2, pfsGroup: DHGroup2 (MODP1024), it is weaker than 112 bits (SP 800-131A), pfsGroup to ECP384",
    "ECP384, PFS24, pfsGroup: DHGroup24 (MODP2048_256), its parameters cannot be verified (SP 800-56A), pfsGroup to ECP384",
  })
  void shouldNameEachGroupOutsideTheApprovedSet(
      String dhGroup, String pfsGroup, String head, String why, String instead) {
    assertThat(fips(dhGroup, "SHA256", pfsGroup).sentences())
        .anySatisfy(
            sentence ->
                assertThat(sentence)
                    .startsWith("connections[0].policy." + head)
                    .contains(why, "set " + instead, "in Azure and here"));
  }

  @ParameterizedTest
  @CsvSource({"ECP384, ECP384", "ECP256, ECP256", "DHGroup14, PFS2048"})
  void shouldTakeApprovedGroups(String dhGroup, String pfsGroup) {
    assertThat(fips(dhGroup, "SHA256", pfsGroup).sentences()).isEmpty();
  }

  @Test
  void shouldWarnOfSha1() {
    assertThat(fips("ECP384", "SHA1", "None").sentences())
        .containsExactly(
            "warning: connections[0].policy: uses SHA1, which NIST approves in HMAC until the end of"
                + " 2030 only: set SHA256 or SHA384, and GCMAES256 for ESP, in Azure and here");
  }

  @ParameterizedTest
  @CsvSource({"thirteen.char, 13", "Q, 1"})
  void shouldRefuseAShortSharedKey(String key, int length) throws IOException {
    ConfigFixture config = fips();
    config.secret(key);

    assertThat(config.sentences())
        .singleElement()
        .asString()
        .contains("holds a key of " + length + " characters, fips: true takes 14 or more (112 bits")
        .doesNotContain(key);
  }

  @Test
  void shouldTakeAKeyOf112Bits() throws IOException {
    ConfigFixture config = fips();
    config.secret("fourteen.chars");

    assertThat(config.sentences()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"ipsec-mb", "jce"})
  void shouldRefuseEspBackEndsThatAreNoValidatedModule(String backend) {
    assertThat(
            fips()
                .with("# crypto:\n#   esp-backend: auto", "crypto:\n   esp-backend: " + backend)
                .sentences())
        .containsExactly(
            "crypto.esp-backend: "
                + backend
                + " is no validated module, fips: true wants OpenSSL's FIPS provider: set auto or"
                + " libcrypto");
  }

  @Test
  void shouldSayWhatIsLeftOutWithoutEsp() {
    assertThat(
            fips()
                .with("# crypto:\n#   esp-backend: auto", "crypto: {esp-fips: false}\n#")
                .sentences())
        .containsExactly(
            "warning: crypto.esp-fips: false: IKE alone runs in FIPS mode, what carries the packets is"
                + " no validated module");
  }
}
