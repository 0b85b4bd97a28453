package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CausePagesTest {
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
