package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.ffi.crypto.EspBackends.Choice;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EspBackendsTest {
  @ParameterizedTest
  @ValueSource(strings = {"ipsec-mb", "libcrypto", "jce"})
  void shouldPassItsKnownAnswers(String name) {
    TestBackends.assume(name);

    Choice choice = EspBackends.choose(name);

    assertThat(choice.backend().name()).isEqualTo(name);
    assertThat(choice.probes()).hasSize(1);
    assertThat(choice.probes().getFirst().usable()).isTrue();
    assertThat(choice.reason()).contains("known answers in");
    assertThat(choice.backend().version()).isNotBlank();
  }

  @Test
  void shouldTakeTheFastestThatPassesAndSayWhatItPassedOver() {
    Choice choice = EspBackends.choose("auto");

    List<String> usable = TestBackends.names();
    assertThat(choice.backend().name()).isEqualTo(usable.getFirst());
    assertThat(choice.probes().getLast().name()).isEqualTo(usable.getFirst());
    assertThat(choice.reason()).startsWith("the fastest");
  }

  @Test
  void shouldNameTheSettingWhenTheBackEndIsUnknown() {
    assertThatThrownBy(() -> EspBackends.choose("openssl"))
        .isInstanceOf(EspBackendException.class)
        .hasMessage("crypto.esp-backend is \"openssl\", expected auto, ipsec-mb, libcrypto or jce");
  }

  /** The shim is loaded once per process, so this one is another. */
  @Test
  void shouldFallBackToTheJdkAndSayWhyWhenThereIsNoShim(@TempDir Path empty) throws Exception {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dtwinspan.native.dir=" + empty,
                "-cp",
                System.getProperty("java.class.path"),
                PrintChoice.class.getName())
            .redirectErrorStream(true)
            .start();
    String words = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(java.waitFor()).as(words).isZero();
    assertThat(words)
        .startsWith("jce: the fastest that can be used (ipsec-mb: the shim cannot be loaded")
        .contains(empty.toString())
        .contains("self-test passed");
  }

  /** What {@code auto} chooses, in words. */
  static final class PrintChoice {
    private PrintChoice() {}

    public static void main(String[] args) {
      Choice choice = EspBackends.choose("auto");
      System.out.println(choice.backend().name() + ": " + choice.reason());
    }
  }
}
