package dev.twinspan.agent.ike.message;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of every decoder. A plain test run replays the seeds and every finding
 * kept under {@code src/test/resources}. A minute of fuzzing proper, or as long as {@code
 * -Djazzer.max_duration=10m} says:
 *
 * <pre>
 * JAZZER_FUZZ=1 ./mvnw -q -pl agent -am test -Dtest=IkeCodecFuzzTest -Djazzer.hooks=true \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 *
 * What it learns stays in {@code agent/.cifuzz-corpus} for the next time; a finding is written to
 * {@code src/test/resources} by itself, to be committed with its cure.
 */
class IkeCodecFuzzTest {
  static List<byte[]> seeds() {
    return MessageCorpus.all();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldSurviveAnyBytes(byte[] bytes) {
    HostileInput.check(bytes);
    HostileInput.check(WireBytes.mendLength(bytes.clone()));
  }
}
