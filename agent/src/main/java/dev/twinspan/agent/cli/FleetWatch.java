package dev.twinspan.agent.cli;

import dev.twinspan.agent.fleet.operator.FleetBox;
import dev.twinspan.agent.fleet.operator.FleetModel;
import dev.twinspan.agent.fleet.operator.FleetTable;
import dev.twinspan.agent.fleet.operator.Gathering;
import dev.twinspan.agent.fleet.operator.OperatorLink;
import dev.twinspan.agent.fleet.operator.Rebirths;
import dev.twinspan.agent.fleet.operator.Severity;
import dev.twinspan.agent.status.PageLine;
import dev.twinspan.agent.terminal.Screen;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@code twinspan fleet ls --watch}: listens, draws; until q, Ctrl-C or a signal. */
final class FleetWatch {
  private static final Duration LISTEN = Duration.ofMillis(400);
  private static final int KEY_MILLIS = 50;
  private static final int AGAIN_MILLIS = 2_000;

  private final BrokerOptions broker;
  private final List<String> boxes;
  private final Predicate<FleetBox> wanted;
  private final boolean colour = Terminal.wantsColour();

  /**
   * @param boxes {@code SITE/DEVICE}, either may be {@code +}
   */
  FleetWatch(BrokerOptions broker, List<String> boxes, Predicate<FleetBox> wanted) {
    this.broker = broker;
    this.boxes = boxes;
    this.wanted = wanted;
  }

  int run() throws CommandFailure, IOException, InterruptedException {
    OperatorLink link = broker.connect(); // One that is not there is told before the page opens.
    try (Screen screen = Screen.open()) {
      while (link != null) {
        // With each connection anew: what was missed meanwhile is what the broker keeps.
        FleetModel model = new FleetModel();
        try (OperatorLink current = link) {
          if (listen(current, model, screen)) {
            return ExitCode.OK;
          }
        } catch (IOException e) {
          draw(screen, model, String.valueOf(e.getMessage()));
        }
        link = again(model, screen);
      }
    }
    return ExitCode.OK;
  }

  /** Null: q was pressed meanwhile. */
  private @Nullable OperatorLink again(FleetModel model, Screen screen) throws IOException {
    while (!screen.quitWithin(AGAIN_MILLIS)) {
      try {
        return broker.connect();
      } catch (CommandFailure e) {
        draw(screen, model, String.valueOf(e.getMessage()));
      }
    }
    return null;
  }

  /** Until q. */
  private boolean listen(OperatorLink link, FleetModel model, Screen screen)
      throws IOException, InterruptedException {
    Gathering gathering = new Gathering(link, model);
    gathering.retained(boxes, List.of("about", "health"));
    Rebirths rebirths = new Rebirths();
    while (true) {
      ask(link, rebirths, model);
      draw(screen, model, "");
      if (screen.quitWithin(KEY_MILLIS)) {
        return true;
      }
      gathering.until(LISTEN, () -> false);
    }
  }

  /** Who may only look on goes without. */
  private static void ask(OperatorLink link, Rebirths rebirths, FleetModel model)
      throws IOException {
    for (FleetBox box : rebirths.due(System.nanoTime(), model.boxes())) {
      try {
        link.rebirth(box);
      } catch (OperatorLink.Refused _) {
        rebirths.stop();
      }
    }
  }

  private void draw(Screen screen, FleetModel model, String trouble) {
    List<FleetBox> shown = model.worstFirst().stream().filter(wanted).toList();
    List<PageLine> lines = new ArrayList<>();
    List<String> rows =
        FleetTable.lines(
            shown.subList(0, Math.min(shown.size(), screen.height())),
            Instant.now(),
            screen.width());
    for (int i = 0; i < Math.min(rows.size(), screen.height() - 1); i++) {
      PageLine.Style style = i == 0 ? PageLine.Style.STRONG : style(shown.get(i - 1).severity());
      lines.add(new PageLine(screen.width()).add(rows.get(i), style));
    }
    PageLine footer = new PageLine(screen.width());
    if (trouble.isEmpty()) {
      footer.add(" " + FleetTable.summary(shown)).right("q quits ", PageLine.Style.DIM);
    } else {
      footer.add(" " + trouble, PageLine.Style.BAD);
    }
    screen.draw(lines, footer, colour);
  }

  /** The word stands in the row too. */
  private static PageLine.Style style(Severity severity) {
    return switch (severity) {
      case LOST, DOWN -> PageLine.Style.BAD;
      case DEGRADED, SUSPECT -> PageLine.Style.WARN;
      case AWAY, UNKNOWN -> PageLine.Style.DIM;
      case WELL -> PageLine.Style.PLAIN;
    };
  }
}
