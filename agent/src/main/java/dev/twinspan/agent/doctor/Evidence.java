package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import java.util.Map;

/**
 * All that rules look at.
 *
 * @param status of the agent
 * @param reaches tunnel → what its peer's address answers; a tunnel that was not tried is missing
 * @param host of this box's kernel
 */
public record Evidence(AgentStatus status, Map<String, Reach> reaches, Host host) {
  public Evidence {
    reaches = Map.copyOf(reaches);
  }
}
