package dev.twinspan.agent.control;

import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.RouteNetlink;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The addresses BGP is spoken from, on the TUN where the operator has not put them elsewhere (a
 * loopback, a dummy). They are taken away at the end; after a crash they go with the TUN.
 */
final class RouterAddresses implements AutoCloseable {
  private final RouteNetlink netlink = RouteNetlink.open();
  private final int tun;
  private final List<InterfaceAddress> added = new ArrayList<>();

  /**
   * @param tun the TUN's interface index
   */
  RouterAddresses(int tun) {
    this.tun = tun;
  }

  void add(Collection<InetAddress> wanted) {
    List<InetAddress> there =
        netlink.addresses().stream().map(InterfaceAddress::address).distinct().toList();
    for (InetAddress address : wanted) {
      if (!there.contains(address)) {
        int bits = address.getAddress().length * Byte.SIZE;
        InterfaceAddress own = new InterfaceAddress(tun, address, bits);
        netlink.addAddress(own);
        added.add(own);
      }
    }
  }

  @Override
  public void close() {
    added.forEach(netlink::removeAddress);
    added.clear();
    netlink.close();
  }
}
