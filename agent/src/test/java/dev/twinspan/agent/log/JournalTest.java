package dev.twinspan.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.linux.JournalSocket;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Records read back as the native protocol's documentation says; JournalIT has a real journald. */
class JournalTest {
  private static final Map<String, String> EVENT = Map.of("event_id", "7-42", "tunnel", "hub/in0");

  @TempDir private Path folder;

  /** As <a href="https://systemd.io/JOURNAL_NATIVE_PROTOCOL/">its documentation</a> has it. */
  private static Map<String, String> parse(byte[] record) {
    ByteBuffer in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    Map<String, String> fields = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      StringBuilder name = new StringBuilder();
      byte next = in.get();
      while (next != '=' && next != '\n') {
        name.append((char) next);
        next = in.get();
      }
      byte[] value;
      if (next == '\n') {
        value = new byte[Math.toIntExact(in.getLong())];
        in.get(value);
        assertThat(in.get()).isEqualTo((byte) '\n');
      } else {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (byte c = in.get(); c != '\n'; c = in.get()) {
          line.write(c);
        }
        value = line.toByteArray();
      }
      assertThat(name.toString()).matches("[A-Z][A-Z0-9_]{0,63}");
      assertThat(fields.put(name.toString(), new String(value, StandardCharsets.UTF_8))).isNull();
    }
    return fields;
  }

  @Test
  void shouldHaveAFieldForEachThingThatJournalctlMaySelectBy() {
    assertThat(parse(Journal.record(Level.WARN, "twinspan", "lost", EVENT)))
        .containsEntry("MESSAGE", "lost")
        .containsEntry("PRIORITY", "4")
        .containsEntry("SYSLOG_IDENTIFIER", "twinspan")
        .containsEntry("TWINSPAN_LOGGER", "twinspan")
        .containsEntry("MESSAGE_ID", Journal.EVENT)
        .containsEntry("TWINSPAN_EVENT_ID", "7-42")
        .containsEntry("TWINSPAN_TUNNEL", "hub/in0");
    assertThat(Journal.EVENT).matches("[0-9a-f]{32}");
    assertThat(parse(Journal.record(Level.INFO, "a", "no event", Map.of())))
        .doesNotContainKeys("MESSAGE_ID", "TWINSPAN_EVENT_ID");
  }

  /** A peer's words are in the text: no field may come of them. */
  @Test
  void shouldLetNoTextForgeAField() {
    String hostile = "said\nPRIORITY=0\nMESSAGE_ID=forged\u001b[31m";
    Map<String, String> fields =
        parse(Journal.record(Level.INFO, "a", hostile, Map.of("code", "x\nTWINSPAN_EVENT_ID=9")));
    assertThat(fields)
        .containsEntry("MESSAGE", "said\nPRIORITY=0\nMESSAGE_ID=forged?[31m")
        .containsEntry("TWINSPAN_CODE", "x\nTWINSPAN_EVENT_ID=9")
        .containsEntry("PRIORITY", "6")
        .doesNotContainKeys("MESSAGE_ID", "TWINSPAN_EVENT_ID");
  }

  @Test
  void shouldCutOffWhatIsTooLongForADatagram() {
    byte[] record = Journal.record(Level.INFO, "a", "x\n" + "y".repeat(1 << 20), EVENT);
    assertThat(record.length).isLessThan(Journal.MOST_BYTES + 64);
    assertThat(parse(record)).containsKey("MESSAGE").containsEntry("TWINSPAN_EVENT_ID", "7-42");
  }

  /** And by none that was closed, or never was: a line is never lost. */
  @Test
  void shouldWriteToStandardErrorWhereNoJournalListens() {
    PrintStream before = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (JournalSocket nobody = JournalSocket.to(folder.resolve("nobody").toString())) {
      System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
      LogSink.toJournal(new Journal(nobody));
      LoggerFactory.getLogger("twinspan")
          .atInfo()
          .addKeyValue("event_id", "7-43")
          .log("said by {}", "in0");
    } finally {
      LogSink.toJournal((Journal) null);
      System.setErr(before);
    }
    assertThat(written.toString(StandardCharsets.UTF_8)).contains("said by in0");
  }

  @Test
  void shouldNotTakeStandardErrorForTheJournalWhenItIsNot() {
    assertThat(Journal.behind("", "/dev/null")).isEmpty();
    assertThat(Journal.behind("1:2", "/dev/null")).isEmpty();
  }
}
