package dev.twinspan.agent.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What reading a configuration gave.
 *
 * @param config null when there is an error among the problems
 * @param problems all that were found, in the order of the file
 */
public record ConfigResult(@Nullable AgentConfig config, List<Problem> problems) {
  public ConfigResult {
    problems = List.copyOf(problems);
  }

  public boolean hasErrors() {
    return config == null;
  }
}
