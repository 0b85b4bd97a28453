package dev.twinspan.agent.status;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What others than the control loop add to a status.
 *
 * @param fleet null: no link is configured
 * @param verdicts the doctor's, of a few seconds ago, the gravest first
 */
public record Added(@Nullable FleetStatus fleet, List<Verdict> verdicts) {
  public static final Added NOTHING = new Added(null);

  public Added {
    verdicts = List.copyOf(verdicts);
  }

  public Added(@Nullable FleetStatus fleet) {
    this(fleet, List.of());
  }

  /** Of each tunnel, and of the whole box, the first that asks for something to be done. */
  public List<Verdict> first() {
    Map<String, Verdict> first = new LinkedHashMap<>();
    verdicts.stream()
        .filter(verdict -> !verdict.isNote())
        .forEach(verdict -> first.putIfAbsent(verdict.about(), verdict));
    return List.copyOf(first.values());
  }
}
