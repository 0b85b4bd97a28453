package dev.twinspan.agent.update;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A bundle that this box may have: its signature, what it is for and its version are right.
 *
 * @param file absolute
 */
public record Candidate(Path file, Bundle bundle, Slots slots) {
  /**
   * Looks at it, and writes nothing.
   *
   * @param running version of the image that runs; empty: not known
   * @param force also one that is no newer
   */
  public static Candidate of(Rauc rauc, Path file, String running, boolean force)
      throws UpdateRefusal, InterruptedException {
    rauc.require();
    if (!Files.isReadable(file)) {
      throw new UpdateRefusal("no_file", "there is no file %s that can be read".formatted(file));
    }
    Slots slots = rauc.slots();
    Path absolute = file.toAbsolutePath();
    Bundle bundle = rauc.info(absolute);
    bundle.judge(slots.compatible(), running, force);
    return new Candidate(absolute, bundle, slots);
  }
}
