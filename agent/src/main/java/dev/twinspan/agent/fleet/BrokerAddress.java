package dev.twinspan.agent.fleet;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a broker listens.
 *
 * @param tls without it only on this machine itself: for trials
 * @param host name or address, an IPv6 one without brackets
 * @param port TCP
 */
public record BrokerAddress(boolean tls, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(mqtts?)://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::([0-9]{1,5}))?");
  private static final int TLS_PORT = 8883;
  private static final int PLAIN_PORT = 1883;
  private static final int LAST_PORT = 65_535;

  /**
   * @throws IllegalArgumentException with one sentence
   */
  public static BrokerAddress parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "broker \"%s\": expected mqtts://HOST or mqtts://HOST:PORT".formatted(text));
    }
    boolean tls = form.group(1).equals("mqtts");
    String host = form.group(2).replaceAll("[\\[\\]]", "");
    int usual = tls ? TLS_PORT : PLAIN_PORT;
    int port = form.group(3) == null ? usual : Integer.parseInt(form.group(3));
    if (port == 0 || port > LAST_PORT) {
      throw new IllegalArgumentException(
          "broker \"%s\": port %d, expected 1 to %d".formatted(text, port, LAST_PORT));
    }
    if (!tls && !host.startsWith("127.") && !host.equals("::1") && !host.equals("localhost")) {
      throw new IllegalArgumentException(
          "broker \"%s\": without TLS only on this machine itself (127.0.0.1); expected mqtts://"
              .formatted(text));
    }
    return new BrokerAddress(tls, host, port);
  }

  @Override
  public String toString() {
    return (tls ? "mqtts://" : "mqtt://")
        + (host.indexOf(':') < 0 ? host : "[" + host + "]")
        + ":"
        + port;
  }
}
