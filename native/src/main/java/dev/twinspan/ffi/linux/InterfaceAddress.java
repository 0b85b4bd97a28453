package dev.twinspan.ffi.linux;

import java.net.InetAddress;

/**
 * An address of an interface.
 *
 * @param interfaceIndex the interface
 * @param prefixLength of the on-link prefix that comes with it
 * @param protocol who put it there (IFA_PROTO, Linux 5.18); 0 when unknown
 */
public record InterfaceAddress(
    int interfaceIndex, InetAddress address, int prefixLength, int protocol) {
  /** One of our own, so that it is found again after a crash. */
  public InterfaceAddress(int interfaceIndex, InetAddress address, int prefixLength) {
    this(interfaceIndex, address, prefixLength, KernelRoute.PROTOCOL_TWINSPAN);
  }

  @Override
  public String toString() {
    return "%s/%d dev %d".formatted(address.getHostAddress(), prefixLength, interfaceIndex);
  }
}
