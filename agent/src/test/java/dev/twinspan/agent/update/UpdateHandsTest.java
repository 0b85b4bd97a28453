package dev.twinspan.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.status.RecordingAgent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpdateHandsTest {
  @TempDir Path folder;

  /** Who waits for what comes of an act waits for ever else. */
  @Test
  void shouldTellOfAnActThatEndsByAFaultOfOurs() throws Exception {
    Rauc rauc = new Rauc(folder.resolve("system.conf"), Map.of());
    Surroundings noProgram =
        new Surroundings(rauc, folder.resolve("os-release"), List.of(), UpdateCore.USUAL);
    RecordingAgent agent = new RecordingAgent(new ConfigFixture(folder).read().config());
    BlockingQueue<UpdateCore.News> news = new ArrayBlockingQueue<>(4);
    try (UpdateHands hands = new UpdateHands(agent, noProgram, folder, news::add, _ -> {})) {
      hands.begin(new UpdateCore.Act.Reboot());
      assertThat(news.poll(30, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              UpdateCore.News.Failed.class,
              failed -> {
                assertThat(failed.reason()).isEqualTo("internal_fault");
                assertThat(failed.sentence()).startsWith("Reboot: ");
              });
    }
  }
}
