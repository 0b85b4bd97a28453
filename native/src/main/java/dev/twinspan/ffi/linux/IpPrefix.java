package dev.twinspan.ffi.linux;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * An address and how many of its leading bits count. For the kernel's tables; the control plane
 * computes with a library.
 *
 * @param address host bits all zero
 * @param length 0 to 32 or 128
 */
public record IpPrefix(InetAddress address, int length) {
  /**
   * @throws IllegalArgumentException when the length or a host bit is out of place
   */
  public IpPrefix {
    int bits = bits(address);
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException(
          "prefix length %d of %s, expected 0 to %d"
              .formatted(length, address.getHostAddress(), bits));
    }
    if (hasHostBits(address.getAddress(), length)) {
      throw new IllegalArgumentException(
          "%s/%d has bits set behind its length".formatted(address.getHostAddress(), length));
    }
  }

  /** From {@code 10.10.0.0/16} or {@code 2001:db8::/32}; an address alone is one host. */
  public static IpPrefix of(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? host(InetAddress.ofLiteral(text))
        : new IpPrefix(
            InetAddress.ofLiteral(text.substring(0, slash)),
            Integer.parseInt(text.substring(slash + 1)));
  }

  /** The /32 or /128 of one address. */
  public static IpPrefix host(InetAddress address) {
    return new IpPrefix(address, bits(address));
  }

  public boolean isIpv4() {
    return address instanceof Inet4Address;
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + length;
  }

  private static int bits(InetAddress address) {
    return address instanceof Inet4Address ? 32 : 128;
  }

  private static boolean hasHostBits(byte[] address, int length) {
    for (int bit = length; bit < address.length * 8; bit++) {
      if ((address[bit / 8] & 0x80 >>> bit % 8) != 0) {
        return true;
      }
    }
    return false;
  }
}
