package dev.twinspan.agent.fleet.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.fleet.command.Ack.Stage;
import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandJournalTest {
  @TempDir Path folder;

  private List<Ack> read() throws IOException {
    return new CommandJournal(folder).read().stream().map(Journal.Entry::ack).toList();
  }

  @Test
  void shouldKeepTheLastWordOfEach() throws Exception {
    CommandJournal journal = new CommandJournal(folder.resolve("state"));
    assertThat(journal.read()).isEmpty();
    Ack done = Ack.done("a", "capture", "12 packets", Json.object().put("packets", 12));
    journal.keep(Ack.accepted("a", Verb.CAPTURE));
    journal.keep(Ack.accepted("b", Verb.RESET));
    journal.keep(done);
    CommandJournal next = new CommandJournal(folder.resolve("state"));
    assertThat(next.read())
        .extracting(Object::toString) // numbers that were read are of another class
        .containsExactlyInAnyOrder(
            new Journal.Entry(Ack.accepted("b", Verb.RESET), next.boot()).toString(),
            new Journal.Entry(done, next.boot()).toString());
    try (var left = Files.list(folder.resolve("state"))) {
      assertThat(left).hasSize(1);
    }
  }

  /** Every place where the power may have gone while it was written. */
  @Test
  void shouldBearALineThatWasCutShort() throws Exception {
    CommandJournal journal = new CommandJournal(folder);
    journal.read();
    journal.keep(Ack.accepted("a", Verb.RESET));
    Path file = folder.resolve("commands");
    byte[] whole = Files.readAllBytes(file);
    String second = "{\"id\":\"b\",\"verb\":\"reset\",\"stage\":\"accepted\",\"boot\":\"\"}";
    for (int cut = 0; cut <= second.length(); cut++) {
      Files.write(file, whole);
      Files.writeString(file, second.substring(0, cut), StandardOpenOption.APPEND);
      CommandJournal again = new CommandJournal(folder);
      assertThat(again.read()).hasSize(1);
      again.keep(Ack.accepted("c", Verb.RESET));
      assertThat(read()).extracting(Ack::id).containsExactly("a", "c");
    }
  }

  @Test
  void shouldPassOverWhatIsNoneOfItsLines() throws Exception {
    Files.writeString(
        folder.resolve("commands"),
        "\n\u0000\u0001\n{}\n{\"id\":\"x\",\"stage\":\"sideways\"}\n"
            + "{\"id\":\"%s\",\"stage\":\"done\"}\n".formatted("x".repeat(9000))
            + "{\"id\":\"y\",\"verb\":\"reset\",\"stage\":\"done\"}\n");
    assertThat(read()).extracting(Ack::id).containsExactly("y");
  }

  @Test
  void shouldStaySmall() throws Exception {
    CommandJournal journal = new CommandJournal(folder);
    journal.read();
    for (int i = 0; i < 3000; i++) {
      journal.keep(Ack.not("a" + i % 10, "reset", Stage.FAILED, "timeout", "x".repeat(50)));
    }
    assertThat(Files.size(folder.resolve("commands"))).isLessThan(300_000);
    journal.forget("a3");
    assertThat(read()).hasSize(10);
  }

  @Test
  void shouldNotTakeAHugeFileForItsOwn() throws Exception {
    Files.write(folder.resolve("commands"), new byte[(4 << 20) + 1]);
    assertThatThrownBy(this::read)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("remove it");
  }
}
