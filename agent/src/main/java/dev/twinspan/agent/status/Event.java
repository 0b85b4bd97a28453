package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something the operator wants to have seen.
 *
 * @param session of the agent's start in which it happened; 0: told by an agent before it counted
 * @param number within the session, from 1
 * @param tunnel null: the whole box
 * @param code stable, for machines
 * @param outage how long traffic was measured to stand still; null: not measured, or none
 */
public record Event(
    long session,
    long number,
    Instant time,
    @Nullable String tunnel,
    String code,
    String sentence,
    @Nullable Duration outage) {

  /** The one name by which log, status and fleet know it. */
  public String id() {
    return session + "-" + number;
  }
}
