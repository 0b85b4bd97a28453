package dev.twinspan.agent.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code causes.md}: a section for each cause, under the heading {@code ## code: title}. */
public final class CausePages {
  private static final String RESOURCE = "causes.md";
  private static final String HEADING = "## ";

  /** Read when it is first asked for. */
  private static final class All {
    private static final String TEXT = read();
  }

  private CausePages() {}

  /** What a cause is in a few words. */
  public static String title(Cause cause) {
    return page(cause).lines().findFirst().orElseThrow().substring(cause.code().length() + 2);
  }

  /** Its section: {@code code: title}, then what it is, how it shows, and what mends it. */
  public static String page(Cause cause) {
    return Arrays.stream(text().split("(?m)^" + HEADING))
        .filter(section -> section.startsWith(cause.code() + ": "))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(RESOURCE + " has nothing on " + cause.code()));
  }

  static String text() {
    return All.TEXT;
  }

  private static String read() {
    try (InputStream in = CausePages.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not in the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
  }
}
