package dev.twinspan.agent.status;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The link to the fleet's broker.
 *
 * @param broker as the configuration has it
 * @param since when the link came, or went
 * @param nextAttempt when it is dialled again; null: it is not waiting
 * @param why there is no link; null: there is one, or none was tried yet
 * @param waiting events that the broker has not acknowledged yet
 * @param dropped events that had to go for lack of room, since the agent's start
 * @param refused why the broker takes no events; null: it does
 * @param overflow messages of the broker for which there was no room, since the link was configured
 * @param strangers its messages under topics that were not asked for, likewise
 */
public record FleetStatus(
    String broker,
    State state,
    Instant since,
    @Nullable Instant nextAttempt,
    @Nullable String why,
    long waiting,
    long dropped,
    @Nullable String refused,
    long overflow,
    long strangers) {

  /** Of the link. */
  public enum State {
    WAITING,
    CONNECTING,
    CONNECTED
  }
}
