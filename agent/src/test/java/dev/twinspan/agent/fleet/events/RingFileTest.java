package dev.twinspan.agent.fleet.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import dev.twinspan.agent.fleet.events.Outbox.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingFileTest {
  private static final int LARGE = 1 << 20;

  @TempDir Path folder;

  private static Entry entry(long index) {
    return new Entry(
        index, "e%d%s".formatted(index, "x".repeat((int) index)).getBytes(StandardCharsets.UTF_8));
  }

  private static List<Long> indexes(Found found) {
    return found.entries().stream().map(Entry::index).toList();
  }

  private static Found reopened(Path directory) throws IOException {
    try (RingFile ring = RingFile.open(directory, LARGE).ring()) {
      assertThat(ring).isNotNull();
    }
    RingFile.Opened opened = RingFile.open(directory, LARGE);
    opened.ring().close();
    return opened.found();
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private Path written(Path directory, int events, long left, long segmentBytes)
      throws IOException {
    try (RingFile ring = RingFile.open(directory, segmentBytes).ring()) {
      for (long index = 1; index <= events; index++) {
        ring.append(entry(index));
      }
      ring.left(left);
      ring.sync();
    }
    return files(directory).getFirst();
  }

  @Test
  void shouldFindWhatWasWritten() throws IOException {
    written(folder, 9, 4, LARGE);
    Found found = reopened(folder);
    assertThat(found.left()).isEqualTo(4);
    assertThat(found.next()).isEqualTo(10);
    assertThat(indexes(found)).containsExactly(5L, 6L, 7L, 8L, 9L);
    assertThat(found.entries().getFirst().payload()).isEqualTo(entry(5).payload());
  }

  /** As a loss of power may leave it, at every length. */
  @Test
  void shouldGoOnBehindWhatIsWholeWhereverTheFileIsCut() throws IOException {
    byte[] whole = Files.readAllBytes(written(folder.resolve("whole"), 6, 2, LARGE));
    List<Integer> ends = new ArrayList<>();
    for (int end = 17, index = 1; end < whole.length; index++) {
      ends.add(end);
      end += 17 + entry(index).payload().length;
    }
    String name = files(folder.resolve("whole")).getFirst().getFileName().toString();
    for (int length = 0; length <= whole.length; length++) {
      Path directory = Files.createDirectories(folder.resolve("cut" + length));
      Path file = Files.write(directory.resolve(name), Arrays.copyOf(whole, length));
      int cut = length;
      long events = Math.max(0, ends.stream().filter(end -> end <= cut).count() - 1);
      // The last record of all is the mark.
      long left = length == whole.length ? 2 : 0;
      events = Math.min(events, 6);
      Found found = reopened(directory);
      assertThat(found.left()).as("cut at %d", length).isEqualTo(left);
      assertThat(indexes(found))
          .as("cut at %d", length)
          .containsExactlyElementsOf(LongStream.rangeClosed(left + 1, events).boxed().toList());

      RingFile.Opened opened = RingFile.open(directory, LARGE);
      try (RingFile ring = opened.ring()) {
        ring.append(entry(opened.found().next()));
      }
      assertThat(indexes(reopened(directory)))
          .as("cut at %d, and gone on", length)
          .containsExactlyElementsOf(LongStream.rangeClosed(left + 1, events + 1).boxed().toList());
      Files.delete(file);
    }
  }

  @Test
  void shouldSurviveEverySpoiltOctet() throws IOException {
    byte[] whole = Files.readAllBytes(written(folder.resolve("whole"), 6, 2, LARGE));
    String name = files(folder.resolve("whole")).getFirst().getFileName().toString();
    Path directory = Files.createDirectories(folder.resolve("spoilt"));
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] spoilt = whole.clone();
        spoilt[at] ^= (byte) (1 << bit);
        Files.write(directory.resolve(name), spoilt);
        Found found = reopened(directory);
        assertThat(indexes(found)).as("octet %d", at).isSorted();
        assertThat(found.entries())
            .allSatisfy(e -> assertThat(e.payload()).isEqualTo(entry(e.index()).payload()));
      }
    }
  }

  @Test
  void shouldDeleteTheOldestFilesOnceTheyAreDoneWith() throws IOException {
    try (RingFile ring = RingFile.open(folder, 200).ring()) {
      for (long index = 1; index <= 40; index++) {
        ring.append(entry(index));
      }
      int before = files(folder).size();
      assertThat(before).isGreaterThan(5);
      ring.forget(20);
      assertThat(files(folder)).hasSizeLessThan(before);
      Found found = reopened(folder);
      assertThat(found.left()).as("dropped is not arrived").isZero();
      assertThat(indexes(found)).contains(21L, 40L).doesNotContain(1L);
      ring.forget(40);
      assertThat(files(folder)).hasSize(1);
    }
  }

  @Test
  void shouldKnowWhatComesNextWhenAllHasLeft() throws IOException {
    try (RingFile ring = RingFile.open(folder, 100).ring()) {
      for (long index = 1; index <= 20; index++) {
        ring.append(entry(index));
        ring.left(index);
        ring.forget(index);
      }
    }
    assertThat(files(folder)).hasSize(1);
    Found found = reopened(folder);
    assertThat(found.entries()).isEmpty();
    assertThat(found.next()).isEqualTo(21);
  }

  @Test
  void shouldLeaveStrangersFilesAlone() throws IOException {
    Path stranger = Files.writeString(folder.resolve("notes.events"), "x");
    written(folder, 1, 0, LARGE);
    assertThat(indexes(reopened(folder))).containsExactly(1L);
    assertThat(stranger).hasContent("x");
  }

  @Test
  void shouldBeginAnewWithWhatIsLeft() throws IOException {
    written(folder, 30, 3, 200);
    Found state = new Found(25, List.of(entry(28), entry(29)), 31);
    RingFile.replace(folder, 200, state).close();
    Found found = reopened(folder);
    assertThat(found.left()).isEqualTo(25);
    assertThat(indexes(found)).containsExactly(28L, 29L);
  }
}
