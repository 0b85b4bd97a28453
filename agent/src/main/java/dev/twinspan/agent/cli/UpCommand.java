package dev.twinspan.agent.cli;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.control.Agent;
import dev.twinspan.agent.control.AgentStartException;

/** {@code twinspan up --config FILE}. */
final class UpCommand {
  int run(AgentConfig config) throws AgentStartException {
    try (Agent agent = Agent.start(config)) {
      return agent.status().tunnels().size();
    }
  }
}
