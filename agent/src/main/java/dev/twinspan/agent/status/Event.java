package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something the operator wants to have seen.
 *
 * @param tunnel null: the whole box
 * @param code stable, for machines
 * @param outage how long traffic was measured to stand still; null: not measured, or none
 */
public record Event(
    Instant time,
    @Nullable String tunnel,
    String code,
    String sentence,
    @Nullable Duration outage) {}
