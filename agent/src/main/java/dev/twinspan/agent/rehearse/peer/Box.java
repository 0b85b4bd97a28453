package dev.twinspan.agent.rehearse.peer;

import java.time.Duration;

/** A machine of the bench that ends tunnels: an instance of the gateway, or the appliance. */
public interface Box {
  /** For messages: {@code strongSwan in in0}. */
  String name();

  /**
   * Starts it with the settings it was made with; returns when it takes orders, not when tunnels
   * are up.
   */
  void start();

  /** SIGKILL: no DELETE, no tidying up. */
  void kill();

  /**
   * The planned end: deletes its SAs first.
   *
   * @return whether it ended by itself in that time
   */
  boolean stop(Duration limit);

  boolean alive();

  /** The end of its log, for a message that says why something failed. */
  String tail();
}
