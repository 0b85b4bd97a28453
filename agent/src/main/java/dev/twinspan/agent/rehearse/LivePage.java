package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.PageLine;
import dev.twinspan.agent.status.StatusHistory;
import dev.twinspan.agent.status.TerminalPage;
import dev.twinspan.agent.terminal.Screen;
import dev.twinspan.agent.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A rehearsal on a terminal: its steps above, the appliance's own live page below. Drawn by a
 * thread of its own twice a second until closed; what comes after is told in lines.
 */
final class LivePage implements Progress, AutoCloseable {
  private static final int INTERVAL_MILLIS = 500;
  private static final int HISTORY = 240;

  private final Screen screen;
  private final Supplier<Optional<AgentStatus>> appliance;
  private final PlainProgress afterwards = new PlainProgress(System.err);
  private final List<PageLine> steps = new ArrayList<>();
  private final Thread painter = Thread.ofPlatform().daemon().name("page").unstarted(this::paint);
  private volatile boolean closed;

  private LivePage(Screen screen, Supplier<Optional<AgentStatus>> appliance) {
    this.screen = screen;
    this.appliance = appliance;
  }

  /**
   * @param appliance what its agent tells now; empty while there is none
   */
  static LivePage open(Supplier<Optional<AgentStatus>> appliance) {
    try {
      LivePage page = new LivePage(Screen.open(), appliance);
      page.painter.start();
      return page;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void begin(String phase, String what) {
    if (closed) {
      afterwards.begin(phase, what);
    } else {
      add("… ", phase, what, PageLine.Style.STRONG);
    }
  }

  @Override
  public void end(RehearsalReport.Phase phase) {
    if (closed) {
      afterwards.end(phase);
      return;
    }
    synchronized (steps) {
      steps.removeLast();
    }
    boolean passed = phase.passed();
    add(
        passed ? "✓ " : "✗ ",
        phase.name(),
        "%s (%.1f s)".formatted(phase.sentence(), Outage.seconds(phase.time())),
        passed ? PageLine.Style.GOOD : PageLine.Style.BAD);
  }

  private void add(String mark, String phase, String sentence, PageLine.Style style) {
    PageLine line =
        new PageLine(screen.width()).add(" " + mark + phase, style).to(14).add(sentence);
    synchronized (steps) {
      steps.add(line);
    }
  }

  private void paint() {
    StatusHistory history = new StatusHistory(HISTORY);
    TerminalPage.Options options =
        new TerminalPage.Options(Terminal.speaksUnicode(), ZoneId.systemDefault());
    try {
      while (!closed) {
        appliance.get().ifPresent(history::add);
        screen.draw(lines(history, options), footer(), Terminal.wantsColour());
        if (screen.quitWithin(INTERVAL_MILLIS)) {
          // Ends as Ctrl-C does: the shutdown hooks put the bench and the terminal away.
          Runtime.getRuntime().exit(1);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<PageLine> lines(StatusHistory history, TerminalPage.Options options) {
    List<PageLine> lines = new ArrayList<>();
    synchronized (steps) {
      lines.addAll(steps);
    }
    lines.add(new PageLine(screen.width()));
    int room = screen.height() - 1 - lines.size();
    if (history.latest().isPresent() && room > 2) {
      lines.addAll(TerminalPage.render(history, screen.width(), room, options));
    }
    return lines;
  }

  private PageLine footer() {
    return new PageLine(screen.width()).right("q ends the rehearsal ", PageLine.Style.DIM);
  }

  /** Gives the terminal back. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      painter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    screen.close();
  }
}
