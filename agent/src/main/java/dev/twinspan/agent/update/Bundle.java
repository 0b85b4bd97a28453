package dev.twinspan.agent.update;

import dev.twinspan.agent.wire.ForeignText;
import java.lang.module.ModuleDescriptor.Version;

/**
 * What a bundle says of itself, and its signature vouches for.
 *
 * @param compatible what it is for: {@code twinspan-BOARD}
 * @param version of the image
 */
public record Bundle(String compatible, String version) {
  /**
   * Whether a box may have it.
   *
   * @param ours what this box is
   * @param running version of the image that runs; empty: not known, and any will do
   * @param force also one that is no newer
   */
  public void judge(String ours, String running, boolean force) throws UpdateRefusal {
    if (!compatible.equals(ours)) {
      throw new UpdateRefusal(
          "wrong_board",
          "the bundle is for %s, and this box is %s: take the bundle of this board"
              .formatted(ForeignText.printable(compatible), ours));
    }
    if (force || running.isEmpty()) {
      return;
    }
    int order;
    try {
      order = Version.parse(version).compareTo(Version.parse(running));
    } catch (IllegalArgumentException _) {
      throw new UpdateRefusal(
          "version",
          "the bundle's version %s cannot be compared with %s, which runs: expected digits and dots; force takes it all the same"
              .formatted(ForeignText.printable(version), ForeignText.printable(running)));
    }
    if (order <= 0) {
      throw new UpdateRefusal(
          order == 0 ? "same_version" : "older_version",
          "the bundle's version %s is %s %s, which runs: force takes it all the same"
              .formatted(
                  ForeignText.printable(version),
                  order == 0 ? "that of" : "older than",
                  ForeignText.printable(running)));
    }
  }
}
