package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The message-sequence chart of a failed run: the left node's doings on the left, the right node's
 * on the right, messages as arrows that tell what became of them. Put into words only when asked.
 */
public final class Chart {
  private static final int LANE = 58;

  private final int lines;
  private boolean brief;
  private boolean noMessages;
  private final Deque<Supplier<String>> last = new ArrayDeque<>();

  Chart(int lines) {
    this.lines = lines;
  }

  private void add(Supplier<String> line) {
    last.addLast(line);
    if (last.size() > lines) {
      last.removeFirst();
    }
  }

  /**
   * Leaves messages out, and goes on to tell of what is done.
   *
   * @param all false: only the exchanges by which two ask each other whether they are there
   */
  public void brief(boolean all) {
    brief = true;
    noMessages = all;
  }

  /** A message left, and that is its fate. */
  void sent(long now, SimHost from, byte[] message, String fate) {
    if (noMessages) {
      return;
    }
    if (brief
        && IkeCodec.header(message) instanceof DecodeResult.Decoded<IkeHeader>(IkeHeader h)
        && h.exchange() == ExchangeType.INFORMATIONAL) {
      return;
    }
    add(
        () ->
            from.isFirst()
                ? right(now, from.label() + words(message), fate)
                : left(now, from.label() + words(message), fate));
  }

  private static String right(long now, String message, String fate) {
    String what = "├─ " + message + " ──" + fate;
    return "%s │%s".formatted(time(now), what);
  }

  private static String left(long now, String message, String fate) {
    String turned = fate.replace('▶', '◀');
    return "%s │%s│".formatted(time(now), pad(turned + "── " + message + " ─┤"));
  }

  private static String pad(String text) {
    return " ".repeat(Math.max(0, 2 * LANE - text.length())) + text;
  }

  private static String words(byte[] message) {
    if (message.length == 1) {
      return "keepalive";
    }
    return switch (IkeCodec.header(message)) {
      case DecodeResult.Decoded<IkeHeader>(IkeHeader h) ->
          "%s %s #%d of %08x/%08x, %d B"
              .formatted(
                  h.exchange(),
                  h.response() ? "response" : "request",
                  h.messageId(),
                  h.initiatorSpi() >>> 32,
                  h.responderSpi() >>> 32,
                  message.length);
      default -> message.length + " B of something else";
    };
  }

  /** A node did something with its SAs. */
  void did(long now, SimNode node, IkeAction action) {
    if (action instanceof IkeAction.Send || action instanceof IkeAction.SendKeepalive) {
      return; // told by the network, with what became of it
    }
    add(() -> note(now, node, node.label() + words(action)));
  }

  /** What befell a node, or what it was told to do. */
  public void note(long now, SimHost node, Supplier<String> what) {
    add(() -> note(now, node, node.label() + what.get()));
  }

  private static String note(long now, SimHost node, String what) {
    return node.isFirst()
        ? "%s │ %s".formatted(time(now), what)
        : "%s │%s│".formatted(time(now), pad(what + " "));
  }

  private static String words(IkeAction action) {
    return switch (action) {
      case IkeAction.InstallChild c ->
          "+ CHILD SA in=%08x out=%08x".formatted(c.inboundSpi(), c.outboundSpi());
      case IkeAction.UseOutbound c -> "sends on in=%08x".formatted(c.inboundSpi());
      case IkeAction.RemoveChild c ->
          "- CHILD SA in=%08x: %s".formatted(c.inboundSpi(), c.reason());
      case IkeAction.Transition t ->
          "%s: %s".formatted(t.state().toString().toLowerCase(Locale.ROOT), t.reason().code());
      default -> action.toString();
    };
  }

  private static String time(long now) {
    return "%10.3f".formatted((now - World.START) / 1e9);
  }

  @Override
  public String toString() {
    String header = "      time │ left%s│\n".formatted(pad("right ").substring(4));
    return header + last.stream().map(Supplier::get).collect(Collectors.joining("\n"));
  }
}
