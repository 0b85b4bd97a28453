package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundleTest {
  @ParameterizedTest
  @CsvSource({
    "20261122.0740, 20261122.0800, false, ''",
    "20261122.0740, 20261122.0739, false, older_version",
    "20261122.0740, 20261122.0739, true,  ''",
    "1.9,           1.10,          false, ''",
    "1.10,          1.9,           false, older_version",
    "1.10,          1.10,          false, same_version",
    "1.10,          banana,        false, version",
    "1.10,          banana,        true,  ''",
    "'',            banana,        false, ''"
  })
  void shouldTakeWhatIsNewer(String running, String version, boolean force, String reason) {
    UpdateRefusal refusal =
        catchThrowableOfType(
            UpdateRefusal.class, () -> new Bundle("x", version).judge("x", running, force));
    assertThat(refusal == null ? "" : refusal.reason()).isEqualTo(reason);
  }

  @Test
  void shouldTellWhatItDoesNotKnowInRaucsOwnWords() {
    UpdateRefusal refusal = Words.refusal("one\ntwo\u001b[1m\n\n", Instant.EPOCH);
    assertThat(refusal.reason()).isEqualTo("rauc");
    assertThat(refusal.sentence()).endsWith("bundle: two?[1m");
    assertThat(Words.refusal("x\ncertificate is not yet valid\ny", Instant.EPOCH).sentence())
        .contains("1970-01-01T00:00:00Z")
        .endsWith("(rauc: certificate is not yet valid)");
  }
}
