package dev.twinspan.agent.bgp.message;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of every decoder; a plain test run replays the seeds and every finding
 * kept under {@code src/test/resources}.
 *
 * <pre>
 * JAZZER_FUZZ=1 ./mvnw -q -pl agent -am test -Dtest=BgpCodecFuzzTest -Djazzer.hooks=true \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
class BgpCodecFuzzTest {
  static List<byte[]> seeds() {
    return BgpCorpus.wire();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldSurviveAnyBytes(byte[] bytes) {
    HostileInput.check(bytes);
    if (bytes.length >= BgpCodec.HEADER && bytes.length <= BgpCodec.MAX_LENGTH) {
      HostileInput.check(BgpCodecTest.mendLength(bytes.clone()));
    }
  }
}
