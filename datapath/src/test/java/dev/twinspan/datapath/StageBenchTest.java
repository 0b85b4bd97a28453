package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Each stage's benchmark for one short iteration, in this JVM: it runs, what it does comes out
 * right (it looks itself), and it tells a time. The figures are {@link StageBench}'s own, in a
 * fork.
 */
class StageBenchTest {
  private static final TimeValue SHORT = TimeValue.milliseconds(20);

  @Test
  void shouldMeasureEveryStage() throws Exception {
    System.setProperty("jmh.ignoreLock", "true"); // other forks of this build may hold it
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(StageBench.class.getName())
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(SHORT)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results)
        .extracting(result -> result.getPrimaryResult().getLabel())
        .containsExactlyInAnyOrder(
            "arrive",
            "classify",
            "coalesce",
            "decapsulate",
            "encapsulate",
            "findSa",
            "lookUp",
            "replay");
    assertThat(results)
        .allSatisfy(
            result -> {
              assertThat(result.getPrimaryResult().getScore()).isPositive().isFinite();
              assertThat(result.getPrimaryResult().getScoreUnit()).isEqualTo("ns/op");
            });
  }
}
