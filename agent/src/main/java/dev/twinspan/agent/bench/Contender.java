package dev.twinspan.agent.bench;

import java.util.List;

/**
 * Whose tunnels are measured: ours or somebody else's. Both ends are on this machine. For one
 * thread at a time.
 */
interface Contender extends AutoCloseable {
  /**
   * Processor time, nanoseconds.
   *
   * @param near of the end that sends, and
   * @param far of the end that receives
   */
  record Spent(long near, long far) {
    Spent since(Spent before) {
      return new Spent(near - before.near, far - before.far);
    }

    Spent and(Spent other) {
      return new Spent(near + other.near, far + other.far);
    }
  }

  String name();

  String version();

  /** One through each tunnel. */
  List<InnerPath> paths();

  /** Until now, by the programs at the two ends; 0 where the kernel itself does the work. */
  Spent spent();

  @Override
  void close();
}
