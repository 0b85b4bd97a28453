package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
  private static final String AT = "connections[0].psk.file: secret file ";

  @TempDir Path folder;
  ConfigFixture sample;

  @BeforeEach
  void sample() {
    sample = new ConfigFixture(folder);
  }

  @Test
  void shouldTakeOneLineEndOff() throws Exception {
    for (String key : new String[] {"abc", "abc\n", "abc\r\n"}) {
      AgentConfig config = sample.secret(key).read().config();
      assertThat(config).isNotNull();
      assertThat(ConfigFixture.psk(config.connections().getFirst()).bytes())
          .asString()
          .isEqualTo("abc");
    }
  }

  @Test
  void shouldTakeTheLongestKeyAzureTakes() throws Exception {
    assertThat(sample.secret("k".repeat(128) + "\r\n").sentences()).isEmpty();
  }

  @Test
  void shouldRefuseALongerOne() throws Exception {
    assertThat(sample.secret("k".repeat(129)).sentences())
        .containsExactly(
            AT
                + sample.secretFile()
                + " holds more than 128 characters: Azure takes at most that many");
  }

  @Test
  void shouldRefuseAnEmptyKey() throws Exception {
    assertThat(sample.secret("\n").sentences())
        .containsExactly(
            AT + sample.secretFile() + " is empty: put the connection's shared key there");
  }

  @Test
  void shouldRefuseWhatAzureForbids() throws Exception {
    assertThat(sample.secret("ab-c").sentences())
        .containsExactly(
            AT
                + sample.secretFile()
                + " holds a hyphen as character 3: Azure takes printable ASCII except space, hyphen"
                + " and tilde; set another shared key on both sides");
    assertThat(sample.secret("a b").sentences().getFirst())
        .contains("holds a space as character 2");
    assertThat(sample.secret("ab~").sentences().getFirst())
        .contains("holds a tilde as character 3");
    assertThat(sample.secret("é").sentences().getFirst())
        .contains("holds the byte 0xc3 as character 1");
    assertThat(sample.secret("a\nb").sentences().getFirst())
        .contains("holds a line end as character 2");
    assertThat(sample.secret("a\u007f").sentences().getFirst()).contains("holds the byte 0x7f");
  }

  @Test
  void shouldRefuseAFileOthersMayRead() throws Exception {
    assertThat(sample.mode("rw-r-----").sentences())
        .containsExactly(
            AT
                + sample.secretFile()
                + " has the mode 0640, so others may read it; expected 0600: chmod 600 "
                + sample.secretFile());
    assertThat(sample.mode("rw-r--r--").sentences().getFirst()).contains("has the mode 0644");
    assertThat(sample.mode("r--------").sentences()).isEmpty();
  }

  @Test
  void shouldRefuseAFolder() throws Exception {
    Files.delete(sample.secretFile());
    Files.createDirectory(sample.secretFile());

    assertThat(sample.sentences())
        .containsExactly(AT + sample.secretFile() + " cannot be read: is not a plain file");
  }

  @Test
  void shouldNeverTellTheKey() throws Exception {
    sample.secret("Sesame+Open=Now");
    AgentConfig config = sample.read().config();

    assertThat(config).isNotNull();
    assertThat(config.toString()).doesNotContain("Sesame");
    assertThat(ConfigJson.tree(config).toString()).doesNotContain("Sesame").contains("***");
    assertThat(IkePeers.of(config).toString()).doesNotContain("Sesame");
  }
}
