package dev.twinspan.agent.config;

import inet.ipaddr.IPAddressString;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * An IPv4 or IPv6 prefix in canonical form: no host bits set.
 *
 * @param address the network address, 4 or 16 bytes
 * @param length 0 to 32 or 128
 */
public record Prefix(InetAddress address, int length) {
  public Prefix {
    int bits = address.getAddress().length * 8;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException(
          "prefix length " + length + " of " + address + ": expected 0 to " + bits);
    }
    if (!Arrays.equals(masked(address.getAddress(), length), address.getAddress())) {
      throw new IllegalArgumentException(
          "host bits are set in " + address.getHostAddress() + "/" + length);
    }
  }

  public boolean contains(InetAddress other) {
    byte[] bytes = other.getAddress();
    return bytes.length == address.getAddress().length
        && Arrays.equals(masked(bytes, length), address.getAddress());
  }

  public boolean overlaps(Prefix other) {
    return length <= other.length ? contains(other.address) : other.contains(address);
  }

  public boolean isIpv6() {
    return address.getAddress().length == 16;
  }

  /** The highest address of the prefix. */
  public InetAddress last() {
    return new IPAddressString(toString())
        .getAddress()
        .toMaxHost()
        .withoutPrefixLength()
        .toInetAddress();
  }

  /** As it is written: {@code 192.168.50.0/24}. */
  @Override
  public String toString() {
    return address.getHostAddress() + "/" + length;
  }

  private static byte[] masked(byte[] bytes, int length) {
    byte[] masked = bytes.clone();
    for (int bit = length; bit < masked.length * 8; bit++) {
      masked[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    return masked;
  }
}
