package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.update.UpdateCore.Act;
import dev.twinspan.agent.update.UpdateCore.News;
import dev.twinspan.agent.update.UpdateCore.Sight;
import dev.twinspan.agent.update.UpdateJob.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In virtual time: a box with two slots, a boot loader as grub.cfg has it, and power that goes. */
class UpdateCoreTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  private static final int LIMIT = 10_000;

  @TempDir Path directory;

  /** Whether the new slot's image boots, and whether tunnels come up in it. */
  private boolean boots = true;

  private boolean works = true;

  private String booted = "A";
  private String primary = "A";
  private boolean tried;
  private boolean bad;
  private int boot = 1;
  private long now;
  private long bytes;
  private int reboots;
  private int installs;
  private UpdateCore core = new UpdateCore("boot-1", UpdateCore.USUAL);
  private final List<Act> acts = new ArrayList<>();

  private static UpdateOrder order(String at) {
    return new UpdateOrder("o1", "https://a.example/b", "0".repeat(64), 7, false, at);
  }

  private Slots slots() {
    return new Slots("x", booted, booted.equals("A") ? "B" : "A", primary, Json.object());
  }

  private Phase phase() {
    UpdateJob job = core.job();
    assertThat(job).isNotNull();
    return job.phase();
  }

  /** One act, with what comes of it; the disk is real. */
  private void step() throws IOException {
    Act act = acts.removeFirst();
    switch (act) {
      case Act.Keep(UpdateJob job) -> {
        // Else the boot loader could start it once more, with nobody who tries it.
        assertThat(bad || job.phase() != Phase.ROLLED_BACK).as("%s", job).isTrue();
        job.write(directory);
      }
      case Act.Fetch _ -> acts.addAll(core.take(now, new News.Fetched()));
      case Act.Verify _ -> acts.addAll(core.take(now, new News.Verified("2", slots())));
      case Act.Install _ -> {
        installs++;
        primary = slots().other();
        tried = false;
        bad = false;
        acts.addAll(core.take(now, new News.Installed()));
      }
      case Act.MarkGood _ -> {
        tried = false;
        acts.addAll(core.take(now, new News.MarkedGood()));
      }
      case Act.MarkBad(boolean other) -> {
        assertThat(other).isEqualTo(booted.equals("A"));
        bad = true;
        if (other) {
          acts.addAll(core.take(now, new News.MarkedBad()));
        }
      }
      case Act.Reboot _ -> {
        reboots++;
        powerCut();
      }
    }
  }

  /** The boot loader tries the new slot once, and again only when it was marked good. */
  private void powerCut() throws IOException {
    acts.clear();
    boot++;
    now = Duration.ofSeconds(20).toNanos();
    boolean slotB = primary.equals("B") && !bad && !tried;
    if (slotB) {
      tried = !confirmed();
    }
    booted = slotB && boots ? "B" : "A";
    core = new UpdateCore("boot-" + boot, UpdateCore.USUAL);
    UpdateJob left = UpdateJob.read(directory).orElse(null);
    if (left != null) {
      acts.addAll(core.start(now, left, booted));
    }
  }

  private boolean confirmed() throws IOException {
    return UpdateJob.read(directory).map(job -> job.phase() == Phase.CONFIRMED).orElse(false);
  }

  private void second() {
    now += Duration.ofSeconds(1).toNanos();
    boolean well = booted.equals("A") || works;
    bytes += well ? 100 : 0;
    acts.addAll(core.tick(now, NOON, new Sight(well, well, well, bytes, bytes)));
  }

  private void run() throws IOException {
    for (int turn = 0; turn < LIMIT; turn++) {
      while (!acts.isEmpty()) {
        step();
      }
      UpdateJob job = core.job();
      if (job != null && job.phase().isFinal()) {
        return;
      }
      second();
    }
  }

  private void begin(String at) {
    for (int i = 0; i < 3; i++) {
      second();
    }
    acts.addAll(core.order(order(at)));
  }

  @Test
  void shouldConfirmWhatWorksAsBefore() throws IOException {
    begin("now");
    run();
    assertThat(phase()).isEqualTo(Phase.CONFIRMED);
    assertThat(booted).isEqualTo("B");
    assertThat(reboots).isEqualTo(1);
    assertThat(now).isGreaterThan(UpdateCore.USUAL.steady().toNanos());
    assertThat(UpdateJob.read(directory)).contains(core.job());
  }

  @Test
  void shouldGoBackWhenTunnelsDoNotComeUp() throws IOException {
    works = false;
    begin("now");
    run();
    assertThat(phase()).isEqualTo(Phase.ROLLED_BACK);
    assertThat(booted).isEqualTo("A");
    assertThat(bad).isTrue();
    assertThat(reboots).isEqualTo(2);
    assertThat(core.job().reason()).isEqualTo("not_as_before");
    assertThat(core.job().sentence())
        .contains("no tunnel is up", "no BGP session", "broker", "nothing comes out", "600 s");
  }

  /** What somebody at a terminal did not announce is asked for, and asked again after a cut. */
  @Test
  void shouldKeepWhatTheServerAnnouncesBeforeItFetches() throws Exception {
    UpdateOrder bare = UpdateOrder.atTerminal("https://a.example/b", "", 0, false);
    assertThat(bare.announced()).isFalse();
    acts.addAll(core.order(bare));
    step();
    assertThat(acts).containsExactly(new Act.Fetch(bare));
    powerCut();
    assertThat(acts).containsExactly(new Act.Fetch(bare));
    UpdateOrder whole = UpdateOrder.of("terminal", bare.url(), "1".repeat(64), 9, false, "by-hand");
    acts.clear();
    acts.addAll(core.take(now, new News.Announced(whole)));
    step();
    assertThat(acts).containsExactly(new Act.Fetch(whole));
    powerCut();
    assertThat(acts).containsExactly(new Act.Fetch(whole));
    assertThat(core.busy().sentence()).contains("update terminal is under way: downloading");
  }

  @Test
  void shouldTellThatTheNewSlotDidNotStart() throws IOException {
    boots = false;
    begin("now");
    run();
    assertThat(phase()).isEqualTo(Phase.ROLLED_BACK);
    assertThat(core.job().reason()).isEqualTo("not_started");
    assertThat(core.job().sentence()).contains("slot B did not start");
    assertThat(bad).isTrue();
  }

  /** After each number of acts the power goes: before what was begun is done, and after it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldEndInASlotThatWorksWheneverThePowerGoes(boolean good) throws IOException {
    works = good;
    for (int after = 0; after < 16; after++) {
      reset();
      begin("now");
      int done = 0;
      boolean cut = false;
      for (int turn = 0; turn < LIMIT; turn++) {
        while (!acts.isEmpty()) {
          if (done++ == after) {
            powerCut();
            cut = true;
            continue;
          }
          step();
        }
        UpdateJob job = core.job();
        if (job == null) {
          break; // it went before anything was on the disk
        }
        if (job.phase().isFinal()) {
          break;
        }
        second();
      }
      UpdateJob job = core.job();
      if (job == null) {
        assertThat(booted).isEqualTo("A");
        continue;
      }
      assertThat(job.phase()).as("after %d acts, cut %s", after, cut).isNotNull();
      assertThat(job.phase().isFinal()).as("%s after %d acts", job, after).isTrue();
      assertThat(booted)
          .as("%s after %d acts", job, after)
          .isEqualTo(job.phase() == Phase.CONFIRMED ? "B" : "A");
      assertThat(good || booted.equals("A")).isTrue();
    }
  }

  /** In the trial, second by second. */
  @Test
  void shouldBeTheOldSlotThatRunsAfterAPowerCutInTheTrial() throws IOException {
    for (int seconds : new int[] {0, 1, 30, 59}) {
      reset();
      begin("now");
      while (core.job() == null || phase() != Phase.TRIAL) {
        if (acts.isEmpty()) {
          second();
        } else {
          step();
        }
      }
      for (int i = 0; i < seconds; i++) {
        while (!acts.isEmpty()) {
          step();
        }
        second();
      }
      while (!acts.isEmpty() && acts.getFirst() instanceof Act.Keep) {
        step();
      }
      powerCut();
      run();
      assertThat(booted).isEqualTo("A");
      assertThat(core.job().reason()).isEqualTo("started_anew");
      assertThat(bad).isTrue();
    }
  }

  private void reset() throws IOException {
    Files.deleteIfExists(directory.resolve("update"));
    booted = "A";
    primary = "A";
    tried = false;
    bad = false;
    boot = 1;
    core = new UpdateCore("boot-1", UpdateCore.USUAL);
    acts.clear();
    reboots = 0;
    installs = 0;
  }

  @Test
  void shouldNotGainTimeByStartsOfTheAgent() throws IOException {
    works = false;
    begin("now");
    while (core.job() == null || phase() != Phase.TRIAL) {
      if (acts.isEmpty()) {
        second();
      } else {
        step();
      }
    }
    long begun = now;
    while (phase() == Phase.TRIAL) {
      while (!acts.isEmpty()) {
        step();
      }
      for (int i = 0; i < 7 && phase() == Phase.TRIAL; i++) {
        second();
      }
      if (phase() == Phase.TRIAL) { // it crashes, and systemd starts it again
        core = new UpdateCore("boot-" + boot, UpdateCore.USUAL);
        acts.addAll(core.start(now, UpdateJob.read(directory).orElseThrow(), booted));
      }
    }
    assertThat(Duration.ofNanos(now - begun))
        .isLessThanOrEqualTo(UpdateCore.USUAL.limit().plusSeconds(8));
    assertThat(phase()).isEqualTo(Phase.ROLLING_BACK);
  }

  @Test
  void shouldWaitForItsTime() throws IOException {
    begin("01:30-04:00");
    for (int i = 0; i < 600; i++) {
      while (!acts.isEmpty()) {
        step();
      }
      second();
    }
    assertThat(phase()).isEqualTo(Phase.INSTALLED);
    assertThat(reboots).isZero();
    assertThat(core.busy()).isNotNull();
    acts.addAll(
        core.tick(now, Instant.parse("2026-11-23T01:30:00Z"), new Sight(true, true, true, 0, 0)));
    run();
    assertThat(phase()).isEqualTo(Phase.CONFIRMED);
  }

  @ParameterizedTest
  @CsvSource({
    "now,         12:00, true",
    "by-hand,     12:00, false",
    "01:30-04:00, 01:29, false",
    "01:30-04:00, 01:30, true",
    "01:30-04:00, 04:00, false",
    "23:00-04:00, 23:00, true",
    "23:00-04:00, 00:00, true",
    "23:00-04:00, 04:00, false",
    "23:00-04:00, 12:00, false"
  })
  void shouldKnowWhenItIsTime(String at, String clock, boolean time) {
    assertThat(order(at).isTime(Instant.parse("2026-11-22T" + clock + ":00Z"))).isEqualTo(time);
  }

  @Test
  void shouldGiveUpAnInstallationThatIsInterruptedAgainAndAgain() throws IOException {
    begin("now");
    for (int cuts = 0; cuts < 20 && (core.job() == null || !phase().isFinal()); cuts++) {
      while (!acts.isEmpty() && !(acts.getFirst() instanceof Act.Install)) {
        step();
      }
      powerCut();
    }
    assertThat(core.job().reason()).isEqualTo("interrupted");
    assertThat(booted).isEqualTo("A");
  }

  @Test
  void shouldTellThatTheBoxDoesNotStartAnew() {
    begin("now");
    List<Act> asked = new ArrayList<>();
    for (int i = 0; i < 3 * UpdateCore.REBOOT.toSeconds() + 10; i++) {
      while (!acts.isEmpty()) {
        Act act = acts.removeFirst();
        switch (act) {
          case Act.Reboot _ -> asked.add(act);
          case Act.Fetch _ -> acts.addAll(core.take(now, new News.Fetched()));
          case Act.Verify _ -> acts.addAll(core.take(now, new News.Verified("2", slots())));
          case Act.Install _ -> acts.addAll(core.take(now, new News.Installed()));
          case Act.Keep _, Act.MarkGood _, Act.MarkBad _ -> {}
        }
      }
      second();
    }
    assertThat(asked).hasSize(UpdateCore.MOST_TRIES);
    assertThat(core.job().reason()).isEqualTo("no_reboot");
    assertThat(core.job().before()).isEqualTo(new Wellness(true, true, true, true, true));
  }

  @Test
  void shouldRefuseAtEachStepBeforeTheSlotIsWritten() throws IOException {
    for (Phase at : List.of(Phase.DOWNLOADING, Phase.VERIFYING, Phase.INSTALLING)) {
      reset();
      begin("now");
      while (phase() != at) {
        step();
      }
      core.take(now, new News.Failed("hash", "why"));
      assertThat(phase()).isEqualTo(Phase.REFUSED);
      assertThat(core.busy()).isNull();
    }
  }
}
