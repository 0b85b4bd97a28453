package dev.twinspan.agent.update;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An update that is wanted.
 *
 * @param id of the command that asked for it
 * @param url HTTPS; empty: it was installed by hand
 * @param sha256 of the bundle, 64 hexadecimal digits; empty: the server is asked
 * @param size of the bundle, bytes; 0: likewise
 * @param force also a version that is no newer
 * @param at when the box may be started anew: {@link #NOW}, {@link #BY_HAND}, or from and to as
 *     {@code 01:30-04:00}, UTC
 */
public record UpdateOrder(
    String id, String url, String sha256, long size, boolean force, String at) {
  public static final String NOW = "now";
  public static final String BY_HAND = "by-hand";

  /** Id of what was asked for at the box itself. */
  static final String TERMINAL = "terminal";

  /** No bundle is larger; as the image's max-bundle-download-size has it. */
  public static final long MOST_BYTES = 512 << 20;

  private static final int MOST_URL = 2048;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern WINDOW =
      Pattern.compile("([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-3]):([0-5]\\d)");

  /**
   * Made of what came from afar.
   *
   * @throws UpdateRefusal when it is none that could be carried out
   */
  public static UpdateOrder of(
      String id, String url, String sha256, long size, boolean force, String at)
      throws UpdateRefusal {
    if (!https(url)) {
      throw malformed(
          "url: expected https://HOST[:PORT]/PATH of %d characters at most, without user, password or fragment"
              .formatted(MOST_URL));
    }
    if (!SHA256.matcher(sha256).matches()) {
      throw malformed("sha256: expected 64 of 0-9 a-f");
    }
    if (size < 1 || size > MOST_BYTES) {
      throw malformed("size is %d, expected 1 to %d bytes".formatted(size, MOST_BYTES));
    }
    if (!at.equals(NOW) && !at.equals(BY_HAND) && !WINDOW.matcher(at).matches()) {
      throw malformed("at: expected now, by-hand, or from and to in UTC, as 01:30-04:00");
    }
    return new UpdateOrder(id, url, sha256, size, force, at);
  }

  /**
   * Made of what somebody at the box asks for, who starts it anew by hand.
   *
   * @param sha256 empty: the server is asked
   * @param size 0: likewise
   * @throws UpdateRefusal when it is none that could be carried out
   */
  static UpdateOrder atTerminal(String url, String sha256, long size, boolean force)
      throws UpdateRefusal {
    of(
        TERMINAL,
        url,
        sha256.isEmpty() ? "0".repeat(64) : sha256,
        size == 0 ? 1 : size,
        force,
        BY_HAND);
    return new UpdateOrder(TERMINAL, url, sha256, size, force, BY_HAND);
  }

  /** Whether all is known that a download is held to. */
  boolean announced() {
    return size > 0 && !sha256.isEmpty();
  }

  private static UpdateRefusal malformed(String sentence) {
    return new UpdateRefusal("malformed", sentence);
  }

  private static boolean https(String text) {
    try {
      URI url = new URI(text);
      return text.length() <= MOST_URL
          && "https".equalsIgnoreCase(url.getScheme())
          && url.getHost() != null
          && url.getRawUserInfo() == null
          && url.getRawFragment() == null;
    } catch (URISyntaxException _) {
      return false;
    }
  }

  /** Whether the box may be started anew at that time; a window may go over midnight. */
  boolean isTime(Instant wall) {
    Matcher window = WINDOW.matcher(at);
    if (!window.matches()) {
      return at.equals(NOW);
    }
    int from = Integer.parseInt(window.group(1)) * 60 + Integer.parseInt(window.group(2));
    int to = Integer.parseInt(window.group(3)) * 60 + Integer.parseInt(window.group(4));
    var time = wall.atOffset(ZoneOffset.UTC);
    int is = time.getHour() * 60 + time.getMinute();
    return from <= to ? from <= is && is < to : from <= is || is < to;
  }
}
