package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Daemon;
import java.util.List;

/**
 * One tunnel made by somebody else, on a {@link RivalStage}. Its processes end with the stage's
 * sandbox, in whatever way this program ends.
 */
interface RivalTunnel {
  /** Starts both ends; the tunnel may take a moment longer. */
  void start();

  /** What the programs call themselves; once started. */
  String version();

  /** The programs at the near and at the far end; none where the kernel does it. */
  List<Daemon> near();

  List<Daemon> far();

  /** Why nothing passes yet, for a message. */
  String tail();

  /** Removes what would stay after the processes. */
  void close();
}
