package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.DrillStatus;
import dev.twinspan.agent.status.DrillStatus.Outcome;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A self-drill's end, of one tunnel or of all that are drilled. */
final class DrillGoal implements Watch {
  private final Set<String> drilled = new LinkedHashSet<>();

  /**
   * @param tunnel null: all
   */
  DrillGoal(@Nullable String tunnel) {
    if (tunnel != null) {
      drilled.add(tunnel);
    }
  }

  @Override
  public Progress look(AgentStatus status) {
    List<DrillStatus> running =
        status.drills().stream().filter(drill -> drill.outcome() == Outcome.RUNNING).toList();
    running.forEach(drill -> drilled.add(drill.tunnel()));
    List<DrillStatus> mine =
        status.drills().stream().filter(drill -> drilled.contains(drill.tunnel())).toList();
    if (mine.isEmpty()) {
      return new Progress.Going("begins", 0);
    }
    Optional<DrillStatus> current =
        mine.stream().filter(drill -> drill.outcome() == Outcome.RUNNING).findFirst();
    long ended = mine.stream().filter(drill -> drill.outcome() != Outcome.RUNNING).count();
    return current
        .<Progress>map(
            drill ->
                new Progress.Going(
                    drill.tunnel() + " " + drill.sentence(), (int) (100 * ended / drilled.size())))
        .orElseGet(() -> end(mine));
  }

  /** Measured is done, whatever it was. */
  private static Progress end(List<DrillStatus> drills) {
    Optional<DrillStatus> bad =
        drills.stream()
            .filter(d -> d.outcome() != Outcome.PASSED && d.outcome() != Outcome.DISTURBED)
            .findFirst();
    String sentence =
        drills.stream()
            .map(d -> "%s %s: %s".formatted(d.tunnel(), word(d), d.sentence()))
            .collect(Collectors.joining("; "));
    ArrayNode list = Json.array();
    drills.forEach(drill -> list.add(tree(drill)));
    ObjectNode result = Json.object();
    result.set("drills", list);
    return bad.<Progress>map(
            drill -> new Progress.Ended(false, "drill_" + word(drill), sentence, null))
        .orElseGet(() -> new Progress.Ended(true, "ok", sentence, result));
  }

  private static ObjectNode tree(DrillStatus drill) {
    ObjectNode tree = Json.object().put("tunnel", drill.tunnel()).put("outcome", word(drill));
    if (drill.outage() != null) {
      tree.put("outageMillis", drill.outage().toNanos() / 1e6);
    }
    return tree.put("dropped", drill.dropped());
  }

  private static String word(DrillStatus drill) {
    return drill.outcome().name().toLowerCase(Locale.ROOT);
  }
}
