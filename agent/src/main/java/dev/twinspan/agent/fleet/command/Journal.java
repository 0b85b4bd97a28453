package dev.twinspan.agent.fleet.command;

import java.io.IOException;
import java.util.List;

/** Where acks are kept over the agent's end. */
interface Journal {
  /** Of one command: what it was, and the last that was kept of it. */
  record Entry(Ack ack, String boot) {}

  /**
   * What is kept, oldest first, one for each id.
   *
   * @throws IOException with one sentence when that cannot be told
   */
  List<Entry> read() throws IOException;

  /**
   * Returns when it will be there after a loss of power.
   *
   * @throws IOException with one sentence when it cannot be kept
   */
  void keep(Ack ack) throws IOException;

  /** Forgets an id; not at once. */
  void forget(String id);

  /** Of the machine's start, as the kernel names it. */
  String boot();
}
