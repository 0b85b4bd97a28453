package dev.twinspan.agent.bgp;

import java.net.InetAddress;

/** What the core wants done. Carried out in order by the adapter. */
public sealed interface BgpAction {
  /**
   * Open a TCP connection to port 179 and report {@link BgpEngine#connected} or {@link
   * BgpEngine#closed}.
   *
   * @param connection its number, positive
   */
  record Dial(String peer, long connection, InetAddress local, InetAddress remote)
      implements BgpAction {}

  record Send(long connection, byte[] bytes) implements BgpAction {
    @Override
    public String toString() {
      return "Send[%d, type %d, %d B]".formatted(connection, bytes[18], bytes.length);
    }
  }

  /** Close it after what was sent; what it still reports is ignored. */
  record Close(long connection) implements BgpAction {}

  /** A transition the operator sees. */
  record Transition(String peer, BgpState state, BgpReason reason) implements BgpAction {}

  /** Something worth telling that changes no state: limits, malformed attributes. */
  record Notice(String peer, BgpReason reason) implements BgpAction {}

  /** The routes in force from now on. */
  record RoutesChanged(RouteSet routes) implements BgpAction {}
}
