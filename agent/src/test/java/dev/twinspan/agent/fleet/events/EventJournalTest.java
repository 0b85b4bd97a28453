package dev.twinspan.agent.fleet.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.events.Outbox.Limits;
import dev.twinspan.agent.fleet.events.Outbox.Sending;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventJournalTest {
  private static final Limits SMALL = new Limits(100, 12_000);

  @TempDir Path folder;
  private long now;

  private static byte[] payload(int number) {
    return ("{\"number\":%d,\"fill\":\"%s\"}".formatted(number, "x".repeat(number % 60)))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private void add(EventJournal journal, int number) {
    journal.add(0, List.of(payload(number)), now);
  }

  private static List<Sending> told(EventJournal journal) {
    List<Sending> told = new ArrayList<>();
    journal.outbox().connected();
    for (List<Sending> due = journal.outbox().due(); !due.isEmpty(); due = journal.outbox().due()) {
      for (Sending sending : due) {
        told.add(sending);
        journal.acknowledged(sending.index(), 0);
      }
    }
    return told;
  }

  private long bytes() {
    try (var files = Files.list(folder.resolve("events"))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EventJournal open() {
    return EventJournal.open(folder.resolve("events"), SMALL, now);
  }

  /** A process that ends without a word, at any moment: what it had taken in is told. */
  @Test
  void shouldTellAllAfterAKill() {
    EventJournal journal = open();
    for (int number = 1; number <= 50; number++) {
      add(journal, number);
    }
    EventJournal next = open();
    List<Sending> told = told(next);
    assertThat(told).hasSize(50).allMatch(Sending::historical);
    assertThat(told.getLast().payload()).isEqualTo(payload(50));
    next.close();
    try (EventJournal last = open()) {
      assertThat(last.outbox().waiting()).as("told once").isZero();
    }
    journal.close();
  }

  @Test
  void shouldStayWithinItsRoomWhateverIsAddedAndAcknowledged() {
    Random random = new Random(3);
    EventJournal journal = open();
    for (int round = 0; round < 3_000; round++) {
      if (random.nextInt(400) == 0) {
        journal.close();
        journal = open();
      }
      add(journal, round);
      if (random.nextInt(50) == 0) {
        told(journal);
      }
      assertThat(journal.outbox().waiting()).isLessThanOrEqualTo(SMALL.events());
      assertThat(bytes()).isLessThanOrEqualTo(SMALL.bytes() * 4 / 3 + 200);
    }
    journal.close();
  }

  @Test
  void shouldGoOnInMemoryWhereTheDiskRefusesAndTryItAgain() throws IOException {
    Path events = Files.writeString(folder.resolve("events"), "not a directory");
    EventJournal journal = open();
    assertThat(journal.failures()).isEqualTo(1);
    add(journal, 1);
    add(journal, 2);
    assertThat(journal.failures()).as("not tried each time").isEqualTo(1);
    now += Duration.ofMinutes(2).toNanos();
    add(journal, 3);
    assertThat(journal.failures()).isEqualTo(2);
    Files.delete(events);
    now += Duration.ofMinutes(2).toNanos();
    add(journal, 4);
    assertThat(journal.failures()).isEqualTo(2);
    journal.close();
    try (EventJournal next = open()) {
      assertThat(told(next)).extracting(Sending::index).containsExactly(1L, 2L, 3L, 4L);
    }
  }
}
