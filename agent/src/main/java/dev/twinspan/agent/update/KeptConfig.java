package dev.twinspan.agent.update;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.fleet.desired.DurableFile;
import dev.twinspan.agent.update.UpdateJob.Phase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each image has read as its configuration last, so that the old image gets its own back when
 * the box goes back to it. Both slots read one file; a setting that only the newer agent knows
 * would keep the older one from starting.
 *
 * <pre>
 *   STATE/config/VERSION.yaml   what that image has read last; of four images at most
 *   STATE/config/last           version of the image that ran last
 *   FILE.taken-back             what was in force when the box went back
 * </pre>
 *
 * <p>Secrets and certificates are files of their own, and are not kept. For the main thread.
 *
 * @param file the configuration
 * @param state folder of the agent's state
 * @param version of the image that runs; empty: this is no image, and nothing is done
 */
public record KeptConfig(Path file, Path state, String version) {
  private static final Logger LOG = LoggerFactory.getLogger(KeptConfig.class);
  private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}");
  private static final String SUFFIX = ".yaml";
  private static final int MOST = 4;

  public KeptConfig {
    version = NAME.matcher(version).matches() ? version : "";
  }

  /**
   * Of the box that this runs on. Its state is where systemd.exec(5)'s StateDirectory= is, since
   * fleet.state-directory is not known before the file is read.
   */
  public static KeptConfig ofBox(Path file) {
    String state = System.getenv("STATE_DIRECTORY");
    return new KeptConfig(
        file,
        state == null ? FleetConfig.USUAL_STATE_DIRECTORY : Path.of(state),
        ImageVersion.of(Surroundings.ofBox().osRelease()));
  }

  /**
   * Gives this image its configuration back where the box has come back to it from another one,
   * whose update was not confirmed, or whose configuration it does not understand. Before the file
   * is read.
   *
   * @return what was done, in a sentence
   */
  public Optional<String> settle() {
    try {
      String last = version.isEmpty() ? "" : text(folder().resolve("last")).strip();
      if (last.isEmpty() || last.equals(version) || !Files.exists(copy())) {
        return Optional.empty();
      }
      String mine = text(copy());
      String now = text(file);
      boolean back = isTakenBack(last);
      if (mine.equals(now) || (!back && understands(now)) || !understands(mine)) {
        return Optional.empty();
      }
      Path aside = file.resolveSibling(file.getFileName() + ".taken-back");
      DurableFile.write(aside, now);
      DurableFile.write(file, mine);
      return Optional.of(
          "%s: version %s %s: what %s has read last is in force again, and the other is kept in %s; take from it what is needed, and reload"
              .formatted(
                  file,
                  version,
                  back
                      ? "runs again after " + last + " was tried, under which it was changed"
                      : "does not understand it, which was written under " + last,
                  version,
                  aside));
    } catch (IOException e) {
      LOG.warn("{} cannot be read or written: {}", folder(), e.getMessage());
      return Optional.empty();
    }
  }

  /** The file is what this image goes by. */
  public void keep() {
    if (version.isEmpty()) {
      return;
    }
    try {
      Files.createDirectories(folder());
      replace(copy(), text(file));
      replace(folder().resolve("last"), version + "\n");
      forget();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn(
          "{} cannot be written, so that an older image would not get its configuration back: {}",
          folder(),
          e.getMessage());
    }
  }

  private Path folder() {
    return state.resolve("config");
  }

  private Path copy() {
    return folder().resolve(version + SUFFIX);
  }

  /** Whether the image that ran last was an update that this box does not keep. */
  private boolean isTakenBack(String last) throws IOException {
    return UpdateJob.read(state)
        .filter(job -> job.version().equals(last))
        .filter(job -> job.phase() != Phase.CONFIRMED && job.phase() != Phase.REFUSED)
        .isPresent();
  }

  private boolean understands(String text) {
    AgentConfig config = ConfigReader.read(file, text).config();
    if (config == null) {
      return false;
    }
    config.destroyKeys(null);
    return true;
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static void replace(Path file, String text) throws IOException {
    if (!text.equals(text(file))) {
      DurableFile.write(file, text);
    }
  }

  private void forget() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      List<Path> others =
          files
              .filter(kept -> kept.toString().endsWith(SUFFIX) && !kept.equals(copy()))
              .sorted(Comparator.comparingLong(KeptConfig::written).reversed())
              .toList();
      for (Path old : others.subList(Math.min(MOST - 1, others.size()), others.size())) {
        Files.deleteIfExists(old);
      }
    }
  }

  private static long written(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
