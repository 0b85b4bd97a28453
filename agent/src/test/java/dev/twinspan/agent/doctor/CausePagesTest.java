package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CausePagesTest {
  private static final Path TESTS = Path.of("src/test/java/dev/twinspan/agent");

  /** Where the doctor is shown a bench with something wrong, with real peers. */
  private static final List<String> BENCHES =
      List.of(
          "peers/DoctorIT.java",
          "peers/DoctorBgpIT.java",
          "peers/DoctorCertificatesIT.java",
          "peers/DiagnosisIT.java",
          "peers/FailoverIT.java",
          "fleet/FleetVerdictsIT.java");

  /** What no bench shows, and why. */
  private static final Map<Cause, String> ON_NO_BENCH =
      Map.of(
          Cause.LRO_ON, "no virtual device has LRO; EthtoolTest reads the kernel's word",
          Cause.OFFLOAD_REFUSED, "the kernel here takes all of them",
          Cause.TUNNEL_DOWN, "whatever has no section of its own");

  @ParameterizedTest
  @EnumSource
  void shouldBeShownEachCauseOnABench(Cause cause) throws IOException {
    String named = "\"%s[ \"]|Cause\\.%s\\b".formatted(cause.code(), cause.name());
    Pattern pattern = Pattern.compile(named);
    boolean shown = false;
    for (String bench : BENCHES) {
      shown |= pattern.matcher(Files.readString(TESTS.resolve(bench))).find();
    }
    assertThat(shown).as(cause.code()).isNotEqualTo(ON_NO_BENCH.containsKey(cause));
  }

  @ParameterizedTest
  @EnumSource
  void shouldExplainEachCause(Cause cause) {
    assertThat(CausePages.title(cause)).hasSizeBetween(10, 60);
    assertThat(CausePages.page(cause))
        .contains("**What it is.** ", "**What shows it.** ", "**What mends it.** ");
    assertThat(Cause.of(cause.code())).contains(cause);
  }

  @Test
  void shouldHaveNoSectionThatNothingLeadsTo() {
    assertThat(CausePages.text().lines().filter(line -> line.startsWith("## ")))
        .hasSize(Cause.values().length)
        .allSatisfy(
            heading ->
                assertThat(
                        Stream.of(Cause.values())
                            .anyMatch(cause -> heading.startsWith("## " + cause.code() + ": ")))
                    .isTrue());
  }
}
