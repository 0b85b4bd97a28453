package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Daemon;
import java.util.List;

/** A tunnel of the running kernel's own: no process, and gone with its namespaces. */
interface KernelTunnel extends RivalTunnel {
  @Override
  default String version() {
    return "Linux " + System.getProperty("os.version", "");
  }

  @Override
  default List<Daemon> near() {
    return List.of();
  }

  @Override
  default List<Daemon> far() {
    return List.of();
  }

  @Override
  default void close() {
    // Goes with its namespaces.
  }
}
