package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Namespace;

/** Counters of a machine's interfaces. */
final class Interfaces {
  private Interfaces() {}

  /** Received and sent bytes together; 0 while there is no such interface. */
  static long bytes(Namespace machine, String device) {
    return machine.procNet("dev").stream()
        .map(line -> line.strip().split("[:\\s]+"))
        .filter(fields -> fields[0].equals(device))
        .mapToLong(fields -> Long.parseLong(fields[1]) + Long.parseLong(fields[9]))
        .findFirst()
        .orElse(0);
  }
}
