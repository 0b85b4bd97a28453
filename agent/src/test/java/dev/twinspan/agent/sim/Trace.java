package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;

/** An action in one line, for the end of a failing run. */
final class Trace {
  private Trace() {}

  static String of(IkeAction action) {
    if (action instanceof IkeAction.Send(var local, var remote, var message)
        && IkeCodec.header(message) instanceof DecodeResult.Decoded<IkeHeader>(IkeHeader header)) {
      return "→ %s:%d %s %s #%d %08x/%08x (%d B)"
          .formatted(
              remote.getAddress().getHostAddress(),
              remote.getPort(),
              header.exchange(),
              header.response() ? "response" : "request",
              header.messageId(),
              header.initiatorSpi() >>> 32,
              header.responderSpi() >>> 32,
              message.length);
    }
    if (action instanceof IkeAction.RemoveChild(var peer, var spi, var reason)) {
      return "RemoveChild[%s %08x %s]".formatted(peer, spi, reason);
    }
    if (action instanceof IkeAction.UseOutbound(var peer, var spi)) {
      return "UseOutbound[%s %08x]".formatted(peer, spi);
    }
    return action.toString();
  }
}
