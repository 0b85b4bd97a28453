package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.update.UpdateCore.Act;
import dev.twinspan.agent.update.UpdateJob.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A slot whose agent ends again and again is not one that did not start: twinspan-good, which sees
 * it, notes it in the job by the image's own shell, and the old slot's agent tells it.
 */
class AgentFailedTest {
  private static final Path LIBRARY =
      Path.of("../image/rootfs/usr/libexec/twinspan-box/lib.sh").toAbsolutePath();
  private static final String ENDED = "slot B started, but its agent ended again and again";

  @TempDir Path directory;

  private final UpdateCore core = new UpdateCore("boot-3", UpdateCore.USUAL);

  private static UpdateJob job(Phase phase) {
    UpdateOrder order =
        new UpdateOrder("o1", "https://a.example/b", "0".repeat(64), 7, false, "now");
    return UpdateJob.begun(order, "boot-1")
        .into("2", "A", "B")
        .with(Wellness.NOTHING)
        .to(phase)
        .again();
  }

  /** As slot B's twinspan-good does it; then the box starts from slot A. */
  private UpdateJob told(UpdateJob left) throws IOException {
    left.write(directory);
    Path file = directory.resolve("update");
    Exec.run("bash", "-euc", ". \"$0\"; JOB=$1; because \"$2\"", "" + LIBRARY, "" + file, ENDED)
        .orThrow();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
    return UpdateJob.read(directory).orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"INSTALLING", "INSTALLED", "TRIAL"})
  void shouldTellThatTheAgentFailedWhereTheSlotHasNotedIt(Phase phase) throws IOException {
    UpdateJob noted = told(job(phase));
    assertThat(noted).isEqualTo(job(phase).because("agent_failed", ENDED));
    List<Act> acts = core.start(0, noted, "A");
    assertThat(core.job().phase()).isEqualTo(Phase.ROLLING_BACK);
    assertThat(core.job().reason()).isEqualTo("agent_failed");
    assertThat(core.job().sentence()).isEqualTo(ENDED + ", so slot A was started again");
    assertThat(acts).containsExactly(new Act.Keep(core.job()), new Act.MarkBad(true));
  }

  /** In place of what was said of the job before, whatever stands in it. */
  @Test
  void shouldNoteItWhereSomethingElseWasSaidBefore() throws IOException {
    UpdateJob asked = job(Phase.INSTALLED).because("no_reboot", "say \"start\", by \\hand / && so");
    assertThat(told(asked)).isEqualTo(asked.because("agent_failed", ENDED));
  }

  @Test
  void shouldKeepWhatTheAgentItselfHasSaid() throws IOException {
    UpdateJob back = job(Phase.ROLLING_BACK).because("not_as_before", "no tunnel is up");
    assertThat(told(back)).isEqualTo(back);
    core.start(0, back, "A");
    assertThat(core.job().sentence()).isEqualTo("no tunnel is up");
  }

  @Test
  void shouldNotTellMoreThanIsKnownOfASlotThatNotedNothing() {
    core.start(0, job(Phase.INSTALLED), "A");
    assertThat(core.job().reason()).isEqualTo("not_started");
    assertThat(core.job().sentence())
        .isEqualTo(
            "slot B did not start, or not so far that its agent began the trial, so slot A was"
                + " started again");
  }

  /** What the note goes by: one value a line. */
  @Test
  void shouldBeWrittenAsTheShellReadsIt() {
    assertThat(Json.pretty(job(Phase.TRIAL).tree()))
        .contains(
            "\n  \"phase\" : \"trial\",", "\n  \"reason\" : \"\",", "\n  \"sentence\" : \"\",");
  }
}
