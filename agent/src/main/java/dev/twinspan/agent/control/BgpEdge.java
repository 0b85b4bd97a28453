package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.NettyTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;

/** Where BGP meets the machine, or a simulated one: the addresses it is spoken from, and TCP. */
interface BgpEdge extends AutoCloseable {
  /** Makes sure that this machine has these addresses. */
  void own(Set<InetAddress> local);

  /**
   * Listens on these addresses.
   *
   * @throws IOException with one sentence for the operator
   */
  BgpTransport listen(Set<InetAddress> local, BgpTransport.Listener reports) throws IOException;

  BgpTransport dialOnly(BgpTransport.Listener reports);

  @Override
  void close();

  /** This machine's. */
  static BgpEdge of(RouterAddresses addresses) {
    return new BgpEdge() {
      @Override
      public void own(Set<InetAddress> local) {
        addresses.add(local);
      }

      @Override
      public BgpTransport listen(Set<InetAddress> local, BgpTransport.Listener reports)
          throws IOException {
        return NettyTransport.start(local, reports);
      }

      @Override
      public BgpTransport dialOnly(BgpTransport.Listener reports) {
        return NettyTransport.dialOnly(reports);
      }

      @Override
      public void close() {
        addresses.close();
      }
    };
  }
}
