package dev.twinspan.agent.cli;

import dev.twinspan.agent.status.TracedMessage;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * IKE messages as a message-sequence chart, this box on the left.
 *
 * <pre>
 * 08:21:10.123  ├─ IKE_SA_INIT request 0 ────────────────────────────▶│  5d0c…/0000…
 *               │    SA(IKE: AES-GCM-16-256, …)                       │
 * 08:21:10.621  ├─ IKE_SA_INIT request 0 again (2 times) ────────────▶│  5d0c…/0000…
 * 08:21:10.140  │◀─────────────────────────── IKE_SA_INIT response 0 ─┤
 * </pre>
 */
final class TraceChart {
  private static final int LANE = 64;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
  private static final String INDENT = " ".repeat(14);

  private final boolean colour;

  TraceChart(boolean colour) {
    this.colour = colour;
  }

  List<String> header(String tunnel) {
    return List.of(INDENT + "this box" + " ".repeat(LANE - 8 - tunnel.length()) + "  " + tunnel);
  }

  List<String> lines(TracedMessage message) {
    List<String> lines = new ArrayList<>();
    String name =
        " %s %s %s%s "
            .formatted(
                message.exchange(),
                message.response() ? "response" : "request",
                Integer.toUnsignedString(message.messageId()),
                message.times() == 1 ? "" : " again (" + message.times() + " times)");
    String shaft = "─".repeat(Math.max(1, LANE - name.length() - 2));
    String arrow =
        message.sent() ? "├─" + bold(name) + shaft + "▶│" : "│◀" + shaft + bold(name) + "─┤";
    lines.add(
        "%s  %s  %s/%s"
            .formatted(
                TIME.format(message.time()),
                arrow,
                HexFormat.of().toHexDigits(message.initiatorSpi()),
                HexFormat.of().toHexDigits(message.responderSpi())));
    for (String payload : message.payloads()) {
      lines.add(INDENT + "│    " + highlight(printable(payload)));
    }
    if (message.payloads().isEmpty() && message.times() == 1) {
      lines.add(INDENT + "│    (empty)");
    }
    return lines;
  }

  /** Identities are the peer's words, and a terminal obeys escape sequences. */
  private static String printable(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints().forEach(c -> safe.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return safe.toString();
  }

  private String highlight(String payload) {
    boolean notify = payload.startsWith("N(");
    boolean delete = payload.startsWith("D(");
    if (!colour || !notify && !delete) {
      return payload;
    }
    return (delete ? "\u001b[33m" : "\u001b[36m") + payload + "\u001b[0m";
  }

  private String bold(String text) {
    return colour ? "\u001b[1m" + text + "\u001b[0m" : text;
  }
}
