package dev.twinspan.agent.bgp.message;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses on the wire, and which of them can be a next hop. */
final class NextHops {
  private NextHops() {}

  /**
   * @param bytes 4 or 16
   */
  static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("address of " + bytes.length + " octets", e);
    }
  }

  /** A host's: not this network, loopback, multicast or reserved (RFC 4271 section 6.3). */
  static boolean usable(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean reserved = bytes.length == 4 && ((bytes[0] & 0xff) >= 240 || bytes[0] == 0);
    return !reserved
        && !address.isAnyLocalAddress()
        && !address.isLoopbackAddress()
        && !address.isMulticastAddress();
  }
}
