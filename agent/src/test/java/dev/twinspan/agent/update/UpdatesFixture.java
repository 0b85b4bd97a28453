package dev.twinspan.agent.update;

import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.status.RecordingAgent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Updates of a machine that is asked for none. */
public final class UpdatesFixture {
  private UpdatesFixture() {}

  public static Updates resting(Path folder) {
    return new Updates(
        new RecordingAgent(Objects.requireNonNull(new ConfigFixture(folder).read().config())),
        new Surroundings(
            new Rauc(folder.resolve("system.conf"), Map.of()),
            folder.resolve("os-release"),
            List.of("/bin/true"),
            UpdateCore.USUAL),
        folder.resolve("state"),
        "boot");
  }
}
