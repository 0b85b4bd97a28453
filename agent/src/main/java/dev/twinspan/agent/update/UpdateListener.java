package dev.twinspan.agent.update;

/** Is told how an update goes; on the thread "update", and does not block. */
public interface UpdateListener {
  /**
   * What is being done.
   *
   * @param percent -1: not known
   */
  void step(String step, int percent);

  /** Installed, or not; nothing follows. */
  void ended(boolean ok, String reason, String sentence);
}
