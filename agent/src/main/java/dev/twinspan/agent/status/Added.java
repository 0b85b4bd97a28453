package dev.twinspan.agent.status;

import org.jspecify.annotations.Nullable;

/**
 * What others than the control loop add to a status.
 *
 * @param fleet null: no link is configured
 */
public record Added(@Nullable FleetStatus fleet) {
  public static final Added NOTHING = new Added(null);
}
