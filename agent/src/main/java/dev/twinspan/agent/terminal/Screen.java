package dev.twinspan.agent.terminal;

import dev.twinspan.agent.status.PageLine;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * The terminal as a page: alternate screen, no echo, single keys; put back as it was at {@link
 * #close}, also after Ctrl-C or SIGTERM. Size and modes go through stty(1), which every Debian has,
 * rather than through bindings that nothing else would use.
 *
 * <p>Main thread, but for the shutdown hook and the SIGWINCH handler.
 */
public final class Screen implements AutoCloseable {
  private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_TO_END_OF_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final int POLL_MILLIS = 50;

  private record Size(int width, int height) {}

  private final String savedModes;
  private final Thread hook = new Thread(this::restore, "screen-restore");
  private volatile Size size;
  private volatile boolean resized;

  private Screen(String savedModes, Size size) {
    this.savedModes = savedModes;
    this.size = size;
  }

  public static Screen open() throws IOException {
    Screen screen = new Screen(stty("-g"), measured());
    Runtime.getRuntime().addShutdownHook(screen.hook);
    Signal.handle(new Signal("WINCH"), _ -> screen.resized = true);
    stty("-icanon", "-echo", "min", "0", "time", "0");
    write(ENTER);
    return screen;
  }

  public int width() {
    return size.width();
  }

  public int height() {
    return size.height();
  }

  /** Draws over what is there, so that nothing flickers; the footer is the last line. */
  public void draw(List<PageLine> lines, PageLine footer, boolean colour) {
    StringBuilder page = new StringBuilder(HOME);
    for (int row = 0; row < height(); row++) {
      PageLine line =
          row == height() - 1
              ? footer
              : row < lines.size() ? lines.get(row) : new PageLine(width());
      page.append(colour ? line.ansi() : line.plain()).append(CLEAR_TO_END_OF_LINE);
      page.append(row < height() - 1 ? "\r\n" : CLEAR_BELOW);
    }
    write(page.toString());
  }

  /** Waits so long, or until a key is pressed or the size changed; true when the key was q. */
  public boolean quitWithin(int millis) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      while (System.in.available() > 0) {
        int key = System.in.read();
        if (key == 'q' || key == 'Q' || key == 4) {
          return true;
        }
      }
      if (resized) {
        resized = false;
        size = measured();
        return false;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(hook);
    restore();
  }

  private void restore() {
    write(LEAVE);
    try {
      stty(savedModes);
    } catch (IOException e) {
      System.err.println("twinspan: the terminal may need `stty sane`: " + e.getMessage());
    }
  }

  private static Size measured() throws IOException {
    String[] size = stty("size").split(" ", -1);
    int rows = size.length == 2 ? Integer.parseInt(size[0]) : 0;
    int columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
    // A serial line without a size says 0 0.
    return rows < 2 || columns < 2 ? new Size(80, 24) : new Size(columns, rows);
  }

  private static String stty(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/tty"))
            .redirectErrorStream(true)
            .start();
    try (InputStream out = process.getInputStream()) {
      String answer = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IOException("stty: " + answer);
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void write(String text) {
    PrintStream out = System.out;
    out.print(text);
    out.flush();
  }
}
