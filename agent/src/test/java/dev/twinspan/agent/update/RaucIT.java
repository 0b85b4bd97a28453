package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.cli.Main;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A box with two slots and Debian's RAUC is given bundles: by another key, with an expired
 * certificate, with one that is not valid yet, cut short, with a bit changed, for another board,
 * older, and the same. Each is refused with a sentence, and neither slot is touched. The right one
 * goes into the slot that does not run, by {@code twinspan update install}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RaucIT {
  private static final String RUNNING = "5";

  @TempDir static Path folder;
  private RaucStage stage;

  @BeforeAll
  void begin() throws Exception {
    assumeTrue(RaucStage.installed(), "missing: packages rauc, squashfs-tools, dbus; loop devices");
    assumeTrue(Exec.run("id", "-u").out().strip().equals("0"), "needs root, for loop devices");
    stage = new RaucStage(folder, "A");
  }

  @AfterAll
  void end() {
    if (stage != null) {
      stage.close();
    }
  }

  private void refused(Path bundle, String reason, String... words) throws Exception {
    byte[] a = stage.content("A");
    byte[] b = stage.content("B");
    String primary = stage.primary();
    UpdateRefusal refusal =
        catchThrowableOfType(
            UpdateRefusal.class, () -> Candidate.of(stage.rauc(), bundle, RUNNING, false));
    assertThat(refusal).as(bundle.toString()).isNotNull();
    assertThat(refusal.reason()).as(refusal.sentence()).isEqualTo(reason);
    assertThat(refusal.sentence()).contains(words);
    assertThat(stage.content("A")).isEqualTo(a);
    assertThat(stage.content("B")).isEqualTo(b);
    assertThat(stage.primary()).isEqualTo(primary);
  }

  @Test
  void shouldRefuseEachBadBundleWithItsSentenceAndWriteNothing() throws Exception {
    refused(stage.byAnotherKey(), "other_key", "a key that this box does not trust", "keyring");
    refused(stage.expired(), "expired", "has expired at this box's time, 2");
    refused(stage.notYetValid(), "clock", "not yet valid at this box's time, 2", "set its clock");
    refused(stage.truncated(), "truncated", "cut short");
    refused(stage.flipped(), "corrupt", "not what was signed");
    refused(stage.forAnotherBoard(), "wrong_board", "for toaster, and this box is twinspan-bench");
    refused(stage.good("4.9", 1), "older_version", "4.9 is older than 5, which runs", "force");
    refused(stage.good("5", 1), "same_version", "force");
    refused(folder.resolve("nowhere.raucb"), "no_file", "nowhere.raucb");
    Path text = folder.resolve("text.raucb");
    Files.writeString(text, "no bundle at all");
    refused(text, "truncated", "or is none");
  }

  /** RAUC itself refuses what was not looked at before, and what is changed meanwhile. */
  @Test
  void shouldTellWhyRaucDidNotInstall() throws Exception {
    byte[] b = stage.content("B");
    for (Path bundle : List.of(stage.forAnotherBoard(), stage.flipped())) {
      UpdateRefusal refusal =
          catchThrowableOfType(UpdateRefusal.class, () -> stage.rauc().install(bundle, _ -> {}));
      assertThat(refusal.reason()).isIn("wrong_board", "corrupt");
    }
    assertThat(stage.content("B")).isEqualTo(b);
  }

  @Test
  void shouldInstallTheRightOneIntoTheOtherSlot() throws Exception {
    byte[] a = stage.content("A");
    Files.createDirectories(folder.resolve("state"));
    Path bundle = stage.good("5.1", 51);
    Exec.Result refused = twinspan("install", stage.byAnotherKey().toString(), "--json");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(Json.parse(refused.out()).path("reason").asString()).isEqualTo("other_key");
    assertThat(refused.err()).contains("a key that this box does not trust");
    Exec.Result installed = twinspan("install", bundle.toString());
    assertThat(installed.exit()).as(installed.err()).isZero();
    assertThat(installed.out()).contains("version 5.1 is in slot B");
    assertThat(stage.content("A")).isEqualTo(a);
    assertThat(stage.content("B")).isEqualTo(RaucStage.image(51));
    assertThat(stage.primary()).isEqualTo("B");
    JsonNode status = Json.parse(twinspan("status", "--json").out());
    assertThat(status.path("slot").asString()).isEqualTo("A");
    assertThat(status.path("next").asString()).isEqualTo("B");
    assertThat(status.path("version").asString()).isEqualTo(RUNNING);
    assertThat(status.at("/job/phase").asString()).isEqualTo("installed");
    assertThat(status.at("/job/target").asString()).isEqualTo("B");
    assertThat(twinspan("status").out()).contains("update terminal to 5.1: installed");
  }

  /** In a JVM of its own, since a bus of one's own is a matter of the environment. */
  private Exec.Result twinspan(String command, String... words) throws Exception {
    Path release = folder.resolve("os-release");
    Files.writeString(
        release, "ID=debian\nIMAGE_VERSION=" + RUNNING + "\n", StandardCharsets.UTF_8);
    List<String> line = new ArrayList<>(List.of("env"));
    stage.environment().forEach((name, value) -> line.add(name + "=" + value));
    line.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "update",
            command,
            "--rauc-config=" + stage.config,
            "--os-release=" + release,
            "--state-directory=" + folder.resolve("state")));
    line.addAll(List.of(words));
    return Exec.run(line.toArray(String[]::new));
  }
}
