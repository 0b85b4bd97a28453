package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The documented sample, without the files it names: those are on the box. */
class ConfigurationTest {
  @TempDir private Path folder;

  private Path file(String piece, String instead) throws IOException {
    String sample = Files.readString(Path.of("src/main/dist/twinspan.yaml"));
    assertThat(sample).contains(piece);
    return Files.writeString(folder.resolve("twinspan.yaml"), sample.replace(piece, instead));
  }

  private void refuses(Path file, String why) {
    assertThatThrownBy(() -> Configuration.read(file, "lyon", "branch-0017"))
        .isInstanceOf(Configuration.Unfit.class)
        .hasMessageContaining(why)
        .hasMessageContaining(file.toString());
  }

  @Test
  void shouldTakeOneWhoseFilesAreElsewhere() throws Exception {
    Path file = file("lyon", "lyon");
    Configuration read = Configuration.read(file, "lyon", "branch-0017");
    JsonNode message = Json.parse(new String(read.payload("v1"), StandardCharsets.UTF_8));
    assertThat(message.path("version").asString()).isEqualTo("v1");
    assertThat(message.path("config").asString()).isEqualTo(Files.readString(file));
    assertThat(message.path("hash").asString()).isEqualTo(Sha256.JDK.hex(Files.readString(file)));
    assertThat(Sha256.JDK.hex("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void shouldRefuseWhatCheckRefuses() throws Exception {
    refuses(file("mode: active-active", "mode: active-passive"), "connections[0].mode");
    refuses(file("lan:", "len:"), "lan");
    refuses(file("file: secrets/hub-weu.psk", "file: 7"), "psk.file");
    refuses(folder.resolve("none.yaml"), "cannot be read");
  }

  @Test
  void shouldRefuseAnotherBoxsFile() throws Exception {
    refuses(file("id: branch-0017", "id: branch-0018"), "is of device branch-0018 at site lyon");
    refuses(file("site: lyon", "site: paris"), "at site paris, and not of branch-0017 at lyon");
  }

  @Test
  void shouldRefuseASecretAndNotRepeatIt() throws Exception {
    Path file = file("lan:", "# psk: Sup3rSecret\nlan:");
    refuses(file, "what looks like a secret");
    assertThatThrownBy(() -> Configuration.read(file, "lyon", "branch-0017"))
        .message()
        .doesNotContain("Sup3r");
  }

  @Test
  void shouldRefuseWhatIsTooLargeForTheBroker() throws Exception {
    refuses(file("lan:", "# " + "long ".repeat(13_000) + "\nlan:"), "at most 65536 can be sent");
  }
}
