package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.Answer;
import dev.twinspan.agent.fleet.operator.Errand;
import dev.twinspan.agent.fleet.operator.Errands;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends errands, a few at a time, and tells how far each is, a line for each step, until all are
 * over.
 */
final class ErrandLoop {
  private static final Duration LOOK = Duration.ofMillis(200);

  /** What is sent to a box, and how its answer is read. */
  interface Trade {
    /** Of a box's topics, the one that answers; {@code {id}} stands for the errand's. */
    String answers();

    void send(OperatorLink link, Errand errand) throws IOException;

    /** Whether the box has nothing to say to it. */
    default boolean doneWhenSent() {
      return false;
    }

    /** Null: no answer to this errand. */
    @Nullable Answer read(Errand errand, byte[] payload);
  }

  private final OperatorLink link;
  private final Errands errands;
  private final Trade trade;
  private final PrintWriter out;
  private final boolean json;

  ErrandLoop(OperatorLink link, Errands errands, Trade trade, PrintWriter out, boolean json) {
    this.link = link;
    this.errands = errands;
    this.trade = trade;
    this.out = out;
    this.json = json;
  }

  /**
   * @return the exit code
   */
  int run() throws IOException, InterruptedException {
    while (true) {
      for (Errand errand : errands.due(System.nanoTime())) {
        send(errand);
      }
      errands.overdue(System.nanoTime()).forEach(this::tell);
      if (errands.over()) {
        return summary();
      }
      OperatorLink.Arrived arrived = link.next(LOOK);
      if (arrived instanceof OperatorLink.Arrived.Lost(String why)) {
        throw new IOException("the link to the broker is lost: " + why);
      }
      if (arrived instanceof OperatorLink.Arrived.Message message) {
        take(message);
      }
    }
  }

  private void send(Errand errand) throws IOException {
    try {
      trade.send(link, errand);
      if (trade.doneWhenSent()) {
        errands.done(errand);
        tell(errand);
      }
    } catch (OperatorLink.Refused e) {
      errands.refused(errand, String.valueOf(e.getMessage()));
      tell(errand);
    }
  }

  private void take(OperatorLink.Arrived.Message message) {
    Errand errand = errands.of(message.topic(), trade.answers());
    Answer answer = errand == null ? null : trade.read(errand, message.payload());
    if (errand == null || answer == null) {
      return;
    }
    // What the broker has kept is of an earlier try, but for a success, which needs no second one.
    boolean old = message.retained() && answer.stage() != Errand.Stage.DONE;
    if (!old && errands.take(errand, answer)) {
      tell(errand);
    }
  }

  private void tell(Errand errand) {
    out.println(json ? Json.compact(tree(errand)) : Terminal.line(text(errand)));
    out.flush();
  }

  private static String text(Errand errand) {
    StringBuilder text = new StringBuilder(errand.device()).append(": ");
    text.append(errand.stage().word());
    Answer last = errand.last();
    if (!errand.trouble().isEmpty()) {
      return text.append(": ").append(errand.trouble()).toString();
    }
    if (last == null) {
      return text.toString();
    }
    if (last.percent() >= 0) {
      text.append(" %d %%".formatted(last.percent()));
    }
    if (!last.step().isEmpty()) {
      text.append(", ").append(last.step());
    }
    if (!last.reason().isEmpty() && errand.stage() != Errand.Stage.DONE) {
      text.append(" (").append(last.reason()).append(')');
    }
    if (!last.sentence().isEmpty()) {
      text.append(": ").append(last.sentence());
    }
    if (last.raw().has("result") && last.raw().path("result").isObject()) {
      text.append(' ').append(Json.compact(last.raw().path("result")));
    }
    return text.toString();
  }

  private static ObjectNode tree(Errand errand) {
    ObjectNode tree =
        Json.object()
            .put("device", errand.device())
            .put("site", errand.site())
            .put("id", errand.id())
            .put("stage", errand.stage().word());
    if (!errand.trouble().isEmpty()) {
      tree.put("sentence", errand.trouble());
    }
    Answer last = errand.last();
    if (last != null) {
      tree.set("answer", last.raw());
    }
    return tree;
  }

  private int summary() {
    if (json) {
      ObjectNode count = Json.object();
      errands.count().forEach((stage, number) -> count.put(stage.word(), number));
      out.println(Json.compact(Json.object().set("summary", count)));
    } else if (errands.all().size() > 1) {
      out.println(
          errands.all().size()
              + " boxes: "
              + errands.count().entrySet().stream()
                  .map(entry -> entry.getValue() + " " + entry.getKey().word())
                  .collect(Collectors.joining(", ")));
    }
    out.flush();
    return errands.succeeded() ? ExitCode.OK : ExitCode.FAILED;
  }
}
