package dev.twinspan.agent.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * systemd-journald of this machine's Debian, with a /run of its own, and a program whose standard
 * error it has, as a service's: what that logs is found by its fields.
 */
class JournalIT {
  private static final Path JOURNALD = Path.of("/usr/lib/systemd/systemd-journald");
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** journald's parent is the script, which is process 1 there: with it all of them end. */
  private static final String SCRIPT =
      """
      mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/log/journal || exit 90
      %s 2>/dev/null &
      for i in $(seq 600); do [ -S /run/systemd/journal/stdout ] && break; sleep 0.1; done
      systemd-cat sh -c 'JOURNAL_STREAM=$(stat -Lc %%d:%%i /proc/self/fd/2) exec "$0" "$@"' %s || exit 91
      # What was sent before this is on the disk when it returns.
      journalctl --sync >/dev/null 2>&1
      SYSTEMD_COLORS=0 journalctl -D /run/log/journal -o json --no-pager SYSLOG_IDENTIFIER=twinspan
      """;

  /** In a process of its own: to the journal, and past it. */
  static final class Speaker {
    private Speaker() {}

    public static void main(String[] arguments) {
      LogSink.toJournal();
      Logger log = LoggerFactory.getLogger("twinspan");
      log.atInfo()
          .addKeyValue("event_id", "7-42")
          .addKeyValue("code", "failed-over")
          .addKeyValue("tunnel", "hub-weu/in0")
          .addKeyValue("outage_ms", 412)
          .log("{} failed-over: its flows were moved [7-42]", "hub-weu/in0");
      log.warn("two\nlines");
      log.error("{}", "z".repeat(100_000));
    }
  }

  @Test
  void shouldBeFoundByItsFields() throws Exception {
    assumeTrue(Files.isExecutable(JOURNALD), "missing: package systemd");
    assumeTrue(Exec.run("id", "-u").out().strip().equals("0"), "needs root, for mounts");
    String speaker =
        "%s --enable-native-access=ALL-UNNAMED -XX:-UsePerfData -cp '%s' '%s'"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                Speaker.class.getName());
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "bash",
            "-c",
            SCRIPT.formatted(JOURNALD, speaker));
    Exec.Result result = Exec.run(command, "", LIMIT);
    assertThat(result.exit()).as(result.err() + result.out()).isZero();
    List<JsonNode> lines = result.out().lines().map(JournalIT::json).toList();
    assertThat(lines).as(result.out()).hasSize(3);
    JsonNode event = lines.getFirst();
    assertThat(event.get("MESSAGE").asString()).startsWith("hub-weu/in0 failed-over");
    assertThat(event.get("MESSAGE_ID").asString()).isEqualTo(Journal.EVENT);
    assertThat(event.get("PRIORITY").asString()).isEqualTo("6");
    assertThat(event.get("TWINSPAN_EVENT_ID").asString()).isEqualTo("7-42");
    assertThat(event.get("TWINSPAN_CODE").asString()).isEqualTo("failed-over");
    assertThat(event.get("TWINSPAN_TUNNEL").asString()).isEqualTo("hub-weu/in0");
    assertThat(event.get("TWINSPAN_OUTAGE_MS").asString()).isEqualTo("412");
    assertThat(event.get("_TRANSPORT").asString()).isEqualTo("journal");
    assertThat(lines.get(1).get("MESSAGE").asString()).isEqualTo("two\nlines");
    assertThat(lines.get(1).get("PRIORITY").asString()).isEqualTo("4");
    // journalctl leaves out the text of fields above 4 KB, in JSON, unless asked.
    assertThat(lines.get(2).get("PRIORITY").asString()).isEqualTo("3");
  }

  private static JsonNode json(String line) {
    try {
      return Json.parse(line);
    } catch (Json.Malformed e) {
      throw new AssertionError(line, e);
    }
  }
}
