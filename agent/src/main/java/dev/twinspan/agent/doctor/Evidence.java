package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import java.util.Map;

/**
 * All that rules look at.
 *
 * @param earlier the agent's status a moment before, for what its counters do
 * @param status of the agent
 * @param reaches tunnel → what its peer's address answers; a tunnel that was not tried is missing
 * @param host of this box's kernel
 */
public record Evidence(
    AgentStatus earlier, AgentStatus status, Map<String, Reach> reaches, Host host) {
  public Evidence {
    reaches = Map.copyOf(reaches);
  }

  /** The tunnel as it was a moment before; itself when it was not there. */
  TunnelStatus earlier(TunnelStatus tunnel) {
    return earlier.tunnels().stream()
        .filter(each -> each.name().equals(tunnel.name()))
        .findFirst()
        .orElse(tunnel);
  }
}
