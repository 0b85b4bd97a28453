package dev.twinspan.agent.fleet.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.command.Ack.Stage;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In virtual time, with a disk and a box that do what they are told. */
class CommandCoreTest {
  private static final String TUNNEL = "{\"tunnel\": \"hub-weu/in1\"}";

  /** Survives the core. */
  private static final class Disk implements Journal {
    final Map<String, Entry> kept = new LinkedHashMap<>();
    String boot = "first";
    boolean broken;

    @Override
    public List<Entry> read() throws IOException {
      check();
      return List.copyOf(kept.values());
    }

    @Override
    public void keep(Ack ack) throws IOException {
      check();
      kept.put(ack.id(), new Entry(ack, boot));
    }

    private void check() throws IOException {
      if (broken) {
        throw new IOException("No space left on device");
      }
    }

    @Override
    public void forget(String id) {
      kept.remove(id);
    }

    @Override
    public String boot() {
      return boot;
    }
  }

  private final class Doing implements Hands {
    final List<String> begun = new ArrayList<>();
    final List<Report> reports = new ArrayList<>();

    @Override
    public void begin(String id, Order order, AgentStatus status) {
      assertThat(disk.kept).as("on the disk before anything is done").containsKey(id);
      begun.add(id);
    }

    @Override
    public List<Report> reports() {
      List<Report> drained = List.copyOf(reports);
      reports.clear();
      return drained;
    }
  }

  private final Disk disk = new Disk();
  private final Doing hands = new Doing();
  private boolean mayReboot;
  private CommandCore core = new CommandCore(disk, hands, () -> mayReboot);
  private AgentStatus status = StatusFixture.both(10);
  private long now;

  /** SIGKILL, and the next life. */
  private void restart() {
    hands.reports.clear();
    core = new CommandCore(disk, hands, () -> mayReboot);
  }

  private CommandMessage message(String verb, @Nullable String id, String payload, long expiry) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return new CommandMessage(
        verb,
        bytes,
        bytes.length,
        false,
        id == null ? null : id.getBytes(StandardCharsets.UTF_8),
        expiry,
        null,
        now);
  }

  private List<Ack> send(String verb, String id, String payload) {
    return send(message(verb, id, payload, 60));
  }

  private List<Ack> send(CommandMessage message) {
    core.take(now, message, status);
    return core.drain();
  }

  private Ack only(List<Ack> acks) {
    assertThat(acks).hasSize(1);
    return acks.getFirst();
  }

  private List<Ack> after(Duration time) {
    now += time.toNanos();
    core.look(now, status);
    return core.drain();
  }

  private List<Ack> report(Hands.Report report) {
    hands.reports.add(report);
    return after(Duration.ZERO);
  }

  @Test
  void shouldTellEachStageUntilItIsDone() {
    assertThat(only(send("reset", "7", TUNNEL)).stage()).isEqualTo(Stage.ACCEPTED);
    assertThat(hands.begun).containsExactly("7");
    hands.reports.add(new Hands.Report.Answered("7", ControlResult.accepted("under way")));
    assertThat(after(Duration.ZERO)).as("in a status of before").isEmpty();

    status = StatusFixture.oneFailed(11);
    Ack step = only(after(Duration.ofSeconds(1)));
    assertThat(step.stage()).isEqualTo(Stage.RUNNING);
    assertThat(step.step()).isEqualTo("hub-weu/in1 is failed: psk-mismatch");
    assertThat(after(Duration.ofSeconds(1))).as("the same again").isEmpty();

    Ack last = only(after(Duration.ofSeconds(120)));
    assertThat(last.stage()).isEqualTo(Stage.FAILED);
    assertThat(last.reason()).isEqualTo("timeout");
    assertThat(last.sentence()).contains("120 s", "psk-mismatch");
    assertThat(after(Duration.ofHours(1))).isEmpty();
  }

  @Test
  void shouldBeDoneWhenTheStatusShowsIt() {
    send("undrain", "u", TUNNEL);
    report(new Hands.Report.Answered("u", ControlResult.accepted("opens")));
    status = StatusFixture.both(11);
    assertThat(only(after(Duration.ofSeconds(1))).stage()).isEqualTo(Stage.DONE);
  }

  /** The SPI is the same in both. */
  @Test
  void shouldNotTakeTheOldSaForANewOne() {
    send("reset", "r", TUNNEL);
    report(new Hands.Report.Answered("r", ControlResult.accepted("reset")));
    status = StatusFixture.both(11);
    assertThat(only(after(Duration.ofSeconds(1))).stage()).isEqualTo(Stage.RUNNING);
  }

  @Test
  void shouldTellTheLoopsRefusalInTheContractsWords() {
    send("rekey", "k", TUNNEL);
    Ack ack =
        only(
            report(
                new Hands.Report.Answered(
                    "k", ControlResult.refused("not-established", "is not established"))));
    assertThat(ack.stage()).isEqualTo(Stage.FAILED);
    assertThat(ack.reason()).isEqualTo("not_established");
  }

  @Test
  void shouldAnswerADuplicateWithItsLatestAckAndDoNothing() {
    send("speed-test", "s", "{}");
    assertThat(only(send("speed-test", "s", "{}")).stage()).isEqualTo(Stage.ACCEPTED);
    report(new Hands.Report.Step("s", "measures", 40));
    assertThat(only(send("speed-test", "s", "{}")).percent()).isEqualTo(40);
    report(new Hands.Report.Ended("s", true, "ok", "fast", null));
    assertThat(only(send("speed-test", "s", "{}")).sentence()).isEqualTo("fast");
    assertThat(only(send("reset", "s", TUNNEL)).sentence())
        .as("whatever it asks for now")
        .isEqualTo("fast");
    assertThat(hands.begun).containsExactly("s");
  }

  @Test
  void shouldDoNothingTwiceOverItsOwnEnd() throws Exception {
    send("speed-test", "done", "{}");
    report(new Hands.Report.Ended("done", true, "ok", "fast", null));
    send("speed-test", "cut", "{}");
    mayReboot = true;
    send("reboot", "boot", "{}");

    restart();
    disk.boot = "second";
    core.load(now);
    core.drain();
    assertThat(only(send("speed-test", "done", "{}")).sentence()).isEqualTo("fast");
    assertThat(only(send("speed-test", "cut", "{}")).reason()).isEqualTo("interrupted");
    assertThat(only(send("reboot", "boot", "{}")).stage()).isEqualTo(Stage.DONE);
    assertThat(hands.begun).containsExactly("done", "cut", "boot");
  }

  @Test
  void shouldTellOfWhatWasCutShortWithoutBeingAsked() throws Exception {
    send("capture", "c", "{\"seconds\": 60}");
    restart();
    core.load(now);
    Ack ack = only(core.drain());
    assertThat(ack.id()).isEqualTo("c");
    assertThat(ack.stage()).isEqualTo(Stage.FAILED);
    assertThat(ack.reason()).isEqualTo("interrupted");
    core.load(now);
    assertThat(core.drain()).isEmpty();
  }

  @Test
  void shouldDoNothingThatItCannotRemember() {
    disk.broken = true;
    Ack ack = only(send("speed-test", "s", "{}"));
    assertThat(ack.stage()).isEqualTo(Stage.REJECTED);
    assertThat(ack.reason()).isEqualTo("not_durable");
    assertThat(ack.sentence()).contains("fleet.state-directory", "No space left");
    assertThat(hands.begun).isEmpty();
    disk.broken = false;
    assertThat(only(send("speed-test", "s", "{}")).stage()).isEqualTo(Stage.ACCEPTED);
    disk.broken = true;
    assertThat(only(report(new Hands.Report.Ended("s", true, "ok", "fast", null))).stage())
        .as("what was done is told all the same")
        .isEqualTo(Stage.DONE);
    assertThat(only(send("speed-test", "s", "{}")).stage()).isEqualTo(Stage.DONE);
  }

  @Test
  void shouldNotDoWhatHasExpiredWhileItWaited() {
    CommandMessage message = message("speed-test", "late", "{}", 3);
    now += Duration.ofSeconds(3).toNanos();
    assertThat(only(send(message)).stage()).isEqualTo(Stage.EXPIRED);
    assertThat(only(send(message("speed-test", "late", "{}", 60))).stage())
        .as("with more time, too")
        .isEqualTo(Stage.EXPIRED);
    CommandMessage inTime = message("speed-test", "soon", "{}", 3);
    now += Duration.ofMillis(2_999).toNanos();
    assertThat(only(send(inTime)).stage()).isEqualTo(Stage.ACCEPTED);
    assertThat(hands.begun).containsExactly("soon");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "format-disk | {}                                    | unknown_verb",
        "reset       | {                                     | malformed",
        "reset       | []                                    | malformed",
        "reset       | {}                                    | malformed",
        "reset       | {\"tunnel\": 7}                       | malformed",
        "reset       | {\"tunnel\": \"a\", \"force\": true}  | malformed",
        "rekey       | {\"tunnel\": \"a\", \"ike\": \"yes\"} | malformed",
        "capture     | {}                                    | malformed",
        "capture     | {\"seconds\": 61}                     | malformed",
        "capture     | {\"seconds\": 1e1}                    | malformed",
        "log-level   | {\"level\": \"trace\"}                | malformed",
        "reset       | {\"tunnel\": \"hub-weu/in7\"}         | unknown_tunnel",
        "reboot      | {}                                    | forbidden",
        "update      | {\"url\": \"https://x\"}              | malformed",
      })
  void shouldSayPreciselyWhyNot(String verb, String payload, String reason) {
    Ack ack = only(send(verb, "x", payload));
    assertThat(ack.stage()).isEqualTo(Stage.REJECTED);
    assertThat(ack.reason()).isEqualTo(reason);
    assertThat(ack.sentence()).isNotBlank();
    assertThat(hands.begun).isEmpty();
  }

  @Test
  void shouldTellOfUpdatesWhatIsWrongWithThem() {
    String update = "{\"url\": \"%s\", \"sha256\": \"%s\", \"size\": %d, \"at\": \"%s\"}";
    String digest = "0".repeat(64);
    String url = "https://a.example/b";
    for (String wrong :
        List.of(
            update.formatted("http://a.example/b", digest, 1, "now"),
            update.formatted("https://u:p@a.example/b", digest, 1, "now"),
            update.formatted(url, "0".repeat(63), 1, "now"),
            update.formatted(url, digest, 0, "now"),
            update.formatted(url, digest, 536_870_913, "now"),
            update.formatted(url, digest, 1, "25:00-26:00"))) {
      assertThat(only(send("update", wrong.hashCode() + "", wrong)).reason())
          .as(wrong)
          .isEqualTo("malformed");
    }
    assertThat(only(send("update", "x", update.formatted(url, digest, 1, "23:30-04:00"))).reason())
        .isEqualTo("not_supported");
  }

  @Test
  void shouldRejectWhatTheMessageItselfLacks() {
    CommandMessage good = message("speed-test", "x", "{}", 60);
    assertThat(only(send(message("speed-test", null, "{}", 60))).reason()).isEqualTo("no_id");
    assertThat(only(send(message("speed-test", "../x", "{}", 60))).id()).isEqualTo("no_id");
    assertThat(only(send(message("speed-test", "x".repeat(65), "{}", 60))).reason())
        .isEqualTo("no_id");
    for (long expiry : new long[] {-1, 0, 3_601}) {
      assertThat(only(send(message("speed-test", "x", "{}", expiry))).reason())
          .isEqualTo("no_expiry");
    }
    byte[] payload = good.payload();
    assertThat(
            only(send(
                    new CommandMessage(
                        "reset", payload, 2, true, good.correlation(), 60, null, now)))
                .reason())
        .isEqualTo("retained");
    assertThat(
            only(send(
                    new CommandMessage(
                        "reset", null, 1 << 20, false, good.correlation(), 60, null, now)))
                .reason())
        .isEqualTo("too_large");
    assertThat(
            only(send(
                    new CommandMessage(
                        "speed-test", payload, 2, false, good.correlation(), 60, "ack/y", now)))
                .reason())
        .isEqualTo("malformed");
    assertThat(send(new CommandMessage("reset", new byte[0], 0, true, null, -1, null, now)))
        .as("somebody takes a retained one away")
        .isEmpty();
    assertThat(hands.begun).isEmpty();
    assertThat(only(send(good)).stage()).isEqualTo(Stage.ACCEPTED);
  }

  /** What comes from outside ends up in logs and on terminals. */
  @Test
  void shouldNotPassControlCharactersOn() {
    Ack ack = only(send("\u001b[2J\n", "x", "{}"));
    assertThat(ack.verb() + ack.sentence()).doesNotContain("\u001b", "\n");
    Ack unknown = only(send("reset", "y", "{\"tunnel\": \"\\u001b[2J\"}"));
    assertThat(unknown.sentence()).doesNotContain("\u001b");
    Ack argument = only(send("reset", "z", "{\"\\u001b[2J\": 1}"));
    assertThat(argument.sentence()).doesNotContain("\u001b");
  }

  @Test
  void shouldKeepTwoCommandsFromUndoingEachOther() {
    send("drain", "d", TUNNEL);
    assertThat(only(send("undrain", "u", TUNNEL)).reason()).isEqualTo("busy");
    assertThat(only(send("self-drill", "all", "{}")).reason()).isEqualTo("busy");
    assertThat(only(send("drain", "e", "{\"tunnel\": \"hub-weu/in0\"}")).stage())
        .isEqualTo(Stage.ACCEPTED);
    assertThat(only(send("capture", "c", "{\"seconds\": 1}")).stage()).isEqualTo(Stage.ACCEPTED);
    assertThat(only(send("capture", "c2", "{\"seconds\": 1}")).reason()).isEqualTo("busy");
    assertThat(only(send("capture", "c2", "{\"seconds\": 1}")).reason())
        .as("a rejection stays one, also when it could be done by now")
        .isEqualTo("busy");
  }

  /** A flood neither grows the memory nor pushes out what could come again. */
  @Test
  void shouldRememberAsManyAsThereAreInAnHour() {
    for (int i = 0; i < CommandMemory.MOST; i++) {
      send("speed-test", "s" + i, "{}");
      report(new Hands.Report.Ended("s" + i, true, "ok", "fast", null));
    }
    assertThat(only(send("speed-test", "more", "{}")).reason()).isEqualTo("busy");
    assertThat(only(send("speed-test", "s0", "{}")).stage()).isEqualTo(Stage.DONE);
    assertThat(disk.kept).hasSize(CommandMemory.MOST);

    restart();
    assertThat(only(send("speed-test", "more", "{}")).reason()).isEqualTo("busy");
    now += CommandMemory.NEEDED.toNanos();
    assertThat(only(send("speed-test", "more", "{}")).stage()).isEqualTo(Stage.ACCEPTED);
    assertThat(disk.kept).hasSize(CommandMemory.MOST).doesNotContainKey("s0");
  }
}
