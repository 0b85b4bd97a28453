package dev.twinspan.agent.sightings;

import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the agent ships from what only tests use. A library that is not named here counts as
 * shipped: a new one for tests makes noise, a new one for the agent is not overlooked.
 */
final class Origin {
  private static final Pattern TESTS =
      Pattern.compile(
          ".*/(test-classes|test)/?$|.*/(junit|opentest4j|assertj|byte-buddy|jqwik|apiguardian"
              + "|jazzer|surefire|jmh|jopt|commons-math|twinspan-agent-sightings)[^/]*\\.jar$");

  private Origin() {}

  /**
   * @param place a class path entry or its URL
   */
  static boolean isShipped(String place) {
    return !TESTS.matcher(place).matches();
  }

  /** False for the JDK's own, which have no place. */
  static boolean isShipped(@Nullable ProtectionDomain domain) {
    String place = place(domain);
    return place != null && isShipped(place);
  }

  /** Whether it may be met in an image: shipped, or the JDK's. */
  static boolean isShippedOrJdk(Class<?> type) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    String place = place(element.getProtectionDomain());
    return place == null || isShipped(place);
  }

  private static @Nullable String place(@Nullable ProtectionDomain domain) {
    CodeSource source = domain == null ? null : domain.getCodeSource();
    URL location = source == null ? null : source.getLocation();
    // The JDK's modules outside java.base have a place in its run-time image.
    return location == null || location.getProtocol().equals("jrt") ? null : location.getPath();
  }
}
