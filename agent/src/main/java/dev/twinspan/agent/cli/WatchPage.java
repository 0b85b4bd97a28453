package dev.twinspan.agent.cli;

import dev.twinspan.agent.status.PageLine;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusHistory;
import dev.twinspan.agent.status.TerminalPage;
import dev.twinspan.agent.terminal.Screen;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;

/** {@code twinspan status --watch}: asks, draws, waits; until q, Ctrl-C or a signal. */
final class WatchPage {
  private static final int INTERVAL_MILLIS = 500;
  private static final int HISTORY = 240;

  private final StatusClient client;
  private final StatusHistory history = new StatusHistory(HISTORY);

  WatchPage(StatusClient client) {
    this.client = client;
  }

  int run() throws StatusClient.Unreachable, IOException {
    history.add(client.status()); // An agent that is not there is told before the page opens.
    boolean colour = Terminal.wantsColour();
    TerminalPage.Options options =
        new TerminalPage.Options(Terminal.speaksUnicode(), ZoneId.systemDefault());
    try (Screen screen = Screen.open()) {
      String trouble = "";
      while (true) {
        List<PageLine> lines =
            TerminalPage.render(history, screen.width(), screen.height() - 1, options);
        screen.draw(lines, footer(trouble, screen.width()), colour);
        if (screen.quitWithin(INTERVAL_MILLIS)) {
          return ExitCode.OK;
        }
        try {
          history.add(client.status());
          trouble = "";
        } catch (StatusClient.Unreachable e) {
          // The agent may be restarting: what was last seen stays, with this below it.
          trouble = String.valueOf(e.getMessage());
        }
      }
    }
  }

  private static PageLine footer(String trouble, int width) {
    return trouble.isEmpty()
        ? new PageLine(width).right("q quits ", PageLine.Style.DIM)
        : new PageLine(width).add(" " + trouble, PageLine.Style.BAD);
  }
}
