package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.ffi.crypto.EspBackends.Choice;
import java.util.List;
import org.junit.jupiter.api.Test;
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
}
