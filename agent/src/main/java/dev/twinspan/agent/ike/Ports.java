package dev.twinspan.agent.ike;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** UDP ports of IKE: RFC 7296 section 2.23. */
final class Ports {
  static final int IKE = 500;
  static final int NAT_TRAVERSAL = 4500;

  private Ports() {}

  /** The wildcard of that address's family: the kernel chooses. */
  static InetAddress anyLike(InetAddress address) {
    try {
      return InetAddress.getByAddress(new byte[address.getAddress().length]);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of neither 4 nor 16 bytes: " + address, e);
    }
  }

  static InetSocketAddress floated(InetSocketAddress address) {
    return new InetSocketAddress(address.getAddress(), NAT_TRAVERSAL);
  }
}
