package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretScanTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "    psk: Sup3rSecretKey",
        "# the old one was psk=Sup3rSecretKey",
        "password: \"hunter2hunter2\"",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----",
        "# mF9z2kQ0xV7bT4nR8wL1cY6dH3jP5sGa",
        "#  shared-key : abcd3fgh",
        "0123456789abcdef0123456789abcdef",
      })
  void shouldSeeASecret(String line) {
    String found = SecretScan.find("device: {id: a}\n" + line + "\nmore: 1\n");
    assertThat(found).startsWith("line 2 ");
    for (String word : List.of("Sup3r", "hunter2", "mF9z", "abcd3fgh", "0123456789")) {
      assertThat(found).doesNotContain(word);
    }
  }

  @Test
  void shouldLetEverySampleConfigurationPass() throws IOException {
    List<Path> samples;
    try (Stream<Path> topologies = Files.walk(Path.of("../boards/bench/topologies"))) {
      samples = topologies.filter(file -> file.toString().endsWith(".yaml")).toList();
    }
    assertThat(samples).hasSizeGreaterThan(10);
    for (Path sample : samples) {
      assertThat(SecretScan.find(Files.readString(sample))).as(sample.toString()).isNull();
    }
    assertThat(SecretScan.find(Files.readString(Path.of("src/main/dist/twinspan.yaml")))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "psk: {file: /etc/twinspan/secrets/hub-weu.psk}",
        "psk:",
        "  file: /var/lib/twinspan/0123456789/abcdefABCDEF0123456789abcdefABCDEF.pem",
        "# certificate:     # instead of psk: certificates on both sides",
        "  file: /etc/twinspan/secrets/HubWeu1/keyfile",
        "  file: secrets/lyon/customers/Edge17/hub/weu/keyfile",
        "# the shared key is the connection's",
      })
  void shouldLetReferencesPass(String line) {
    assertThat(SecretScan.find(line)).isNull();
  }
}
