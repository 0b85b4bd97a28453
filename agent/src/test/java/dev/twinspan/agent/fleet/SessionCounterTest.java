package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionCounterTest {
  private static final long NOW = 1_800_000_000L;

  @TempDir Path folder;

  @Test
  void shouldCountStarts() throws IOException {
    Path directory = folder.resolve("state");
    assertThat(SessionCounter.next(directory, NOW)).isEqualTo(1);
    assertThat(SessionCounter.next(directory, NOW)).isEqualTo(2);
    try (var left = Files.list(directory)) {
      assertThat(left).containsExactly(directory.resolve("session"));
    }
  }

  /** A disk that lost power: better a gap than a number told before. */
  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-3", "9999999999999999999", "\u0000\u0000"})
  void shouldGoOnFromTheClockWhereTheFileIsSpoilt(String content) throws IOException {
    Files.writeString(folder.resolve("session"), content);
    assertThat(SessionCounter.next(folder, NOW)).isEqualTo(NOW + 1);
    assertThat(SessionCounter.next(folder, NOW)).isEqualTo(NOW + 2);
  }

  @Test
  void shouldCountOnFromANumberThatWasTakenElsewhere() throws IOException {
    SessionCounter.keep(folder, NOW, NOW);
    assertThat(SessionCounter.next(folder, NOW)).isEqualTo(NOW + 1);
    SessionCounter.keep(folder, 5, NOW);
    assertThat(SessionCounter.next(folder, NOW)).isEqualTo(NOW + 2);
  }

  /** Without a fleet nothing is written where nobody said so. */
  @Test
  void shouldCountWhereItMayAndTakeTheTimeElsewhere() {
    assertThat(SessionCounter.ofThisStart(null, folder + ":/nowhere")).isEqualTo(1);
    assertThat(SessionCounter.ofThisStart(null, folder.toString())).isEqualTo(2);
    assertThat(SessionCounter.ofThisStart(null, null))
        .isCloseTo(Instant.now().getEpochSecond(), within(60L));
  }

  @Test
  void shouldSayThatItCannotBeKept() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> SessionCounter.next(file, NOW)).isInstanceOf(IOException.class);
  }
}
