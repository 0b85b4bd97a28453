package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.ffi.linux.CpuFeatures;
import dev.twinspan.ffi.linux.CpuFeatures.Feature;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What an image was made for, beside what it runs on. */
class HostRuleTest {
  private static Optional<Finding> found(String board, String architecture, Feature... features)
      throws Exception {
    return HostRule.withoutAes(
        new BoardReader(Path.of("../boards")).read(board),
        new CpuFeatures(architecture, Set.of(features)));
  }

  @Test
  void shouldMissTheInstructionsThatTheBoardIsToHave() throws Exception {
    Finding missed = found("x86-64-uefi", "amd64", Feature.AVX2).orElseThrow();
    assertThat(missed.cause()).isEqualTo(Cause.SLOW_CRYPTO);
    assertThat(missed.sentence()).contains("no AES instructions", "x86-64-uefi");
    assertThat(missed.evidence()).containsExactly("processor: amd64 without aes, expected aes-ni");
    assertThat(found("raspberry-pi-5", "aarch64", Feature.NEON)).isPresent();
  }

  @Test
  void shouldNotAskForWhatTheBoardHasNot() throws Exception {
    assertThat(found("raspberry-pi-4", "aarch64", Feature.NEON)).isEmpty();
    assertThat(found("x86-64-uefi", "amd64", Feature.AES)).isEmpty();
    assertThat(found("rk3568", "aarch64", Feature.AES, Feature.NEON)).isEmpty();
  }
}
