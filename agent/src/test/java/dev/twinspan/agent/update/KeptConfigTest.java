package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.update.UpdateJob.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that come and go over one file, each with an agent that reads it at its start. */
class KeptConfigTest {
  /** What an agent of today does not know. */
  private static final String NEWER = "warp-drive: on\n";

  @TempDir Path folder;
  private Path file;
  private Path state;
  private String first;

  @BeforeEach
  void begin() throws IOException {
    file = new ConfigFixture(folder).write();
    first = Files.readString(file);
    state = Files.createDirectory(folder.resolve("state"));
  }

  private KeptConfig of(String version) {
    return new KeptConfig(file, state, version);
  }

  /** A start of the agent, whose own schema is that of today. */
  private Optional<String> starts(String version) {
    Optional<String> told = of(version).settle();
    assertThat(ConfigReader.read(file).config()).as(version + " starts").isNotNull();
    of(version).keep();
    return told;
  }

  /** An agent that knows more than that of today has read what is there. */
  private void startsNewer(String version) {
    assertThat(of(version).settle()).isEmpty();
    of(version).keep();
  }

  private void changed(String more) throws IOException {
    Files.writeString(file, first + more);
  }

  private void update(String version, Phase phase) throws IOException {
    UpdateJob.byHand(version, new Slots("x", "A", "B", "B", Json.object()), "b", Wellness.NOTHING)
        .to(phase)
        .write(state);
  }

  @Test
  void shouldLeaveAConfigurationAloneOnTheWayForward() throws IOException {
    assertThat(starts("5")).isEmpty();
    changed("# by hand\n");
    assertThat(starts("5")).isEmpty();
    update("6", Phase.TRIAL);
    assertThat(starts("6")).isEmpty();
    update("6", Phase.CONFIRMED);
    assertThat(starts("6")).isEmpty();
    assertThat(file).hasContent(first + "# by hand\n");
    assertThat(folder.resolve("twinspan.yaml.taken-back")).doesNotExist();
  }

  @Test
  void shouldGiveBackWhatTheOldImageReadWhenItWasChangedOnTrial() throws IOException {
    starts("5");
    update("6", Phase.TRIAL);
    startsNewer("6");
    changed(NEWER);
    of("6").keep();
    update("6", Phase.ROLLING_BACK);
    Optional<String> told = starts("5");
    assertThat(told.orElseThrow())
        .contains(file.toString(), "runs again after 6 was tried", file + ".taken-back");
    assertThat(file).hasContent(first);
    assertThat(Path.of(file + ".taken-back")).hasContent(first + NEWER);
    // What the operator writes afterwards is the last word, also while the job is remembered.
    update("6", Phase.ROLLED_BACK);
    changed("# afterwards\n");
    assertThat(starts("5")).isEmpty();
    assertThat(file).hasContent(first + "# afterwards\n");
  }

  @Test
  void shouldKeepAChangeUnderAConfirmedImageThatTheOldOneUnderstands() throws IOException {
    starts("5");
    starts("6");
    changed("# a year later\n");
    update("6", Phase.CONFIRMED);
    assertThat(starts("5")).isEmpty();
    assertThat(file).hasContent(first + "# a year later\n");
  }

  @Test
  void shouldGiveBackWhatTheOldImageUnderstandsWhenItDoesNotUnderstandTheNew() throws IOException {
    starts("5");
    startsNewer("6");
    changed(NEWER);
    of("6").keep();
    update("6", Phase.CONFIRMED);
    assertThat(starts("5").orElseThrow()).contains("does not understand it", "written under 6");
    assertThat(file).hasContent(first);
  }

  /** Also when the power went between the two files, or after both. */
  @Test
  void shouldEndTheSameWhenThePowerGoesMeanwhile() throws IOException {
    starts("5");
    startsNewer("6");
    changed(NEWER);
    of("6").keep();
    assertThat(of("5").settle()).isPresent();
    assertThat(of("5").settle()).as("done, and not kept yet").isEmpty();
    assertThat(file).hasContent(first);
    assertThat(Path.of(file + ".taken-back")).hasContent(first + NEWER);
  }

  @Test
  void shouldDoNothingWithoutAnImageOrWithoutAPast() throws IOException {
    of("").keep();
    of("../../etc").keep();
    assertThat(state).isEmptyDirectory();
    changed(NEWER);
    assertThat(of("5").settle()).isEmpty();
    assertThat(file).hasContent(first + NEWER);
  }

  @Test
  void shouldKeepThoseOfFourImages() throws IOException {
    for (int version = 1; version <= 9; version++) {
      starts("v" + version);
    }
    try (Stream<Path> kept = Files.list(state.resolve("config"))) {
      assertThat(kept.filter(name -> name.toString().endsWith(".yaml"))).hasSize(4);
    }
    assertThat(state.resolve("config/v9.yaml")).hasContent(first);
  }
}
