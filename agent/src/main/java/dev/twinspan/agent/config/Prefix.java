package dev.twinspan.agent.config;

import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressNetwork.IPAddressGenerator;
import java.net.InetAddress;

/**
 * An IPv4 or IPv6 prefix in canonical form: no host bits set. The arithmetic is the ipaddress
 * library's.
 *
 * @param address the network address, 4 or 16 bytes
 * @param length 0 to 32 or 128
 */
public record Prefix(InetAddress address, int length) {
  private static final IPAddressGenerator GENERATOR = new IPAddressGenerator();

  public Prefix {
    int bits = address.getAddress().length * Byte.SIZE;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException(
          "prefix length " + length + " of " + address + ": expected 0 to " + bits);
    }
    if (!networkOf(address, length).equals(address)) {
      throw new IllegalArgumentException(
          "host bits are set in " + address.getHostAddress() + "/" + length);
    }
  }

  /** The network address of the prefix an address lies in. */
  static InetAddress networkOf(InetAddress address, int length) {
    return GENERATOR.from(address).toZeroHost(length).withoutPrefixLength().toInetAddress();
  }

  public boolean contains(InetAddress other) {
    return block().contains(GENERATOR.from(other));
  }

  public boolean overlaps(Prefix other) {
    return block().contains(other.block()) || other.block().contains(block());
  }

  public boolean isIpv6() {
    return address.getAddress().length == 16;
  }

  /** The lowest address that a host may have. */
  public InetAddress firstHost() {
    int bits = address.getAddress().length * Byte.SIZE;
    return bits - length < 2
        ? address
        : GENERATOR.from(address).increment(1).withoutPrefixLength().toInetAddress();
  }

  /** The highest address of the prefix. */
  public InetAddress last() {
    return block().getUpper().withoutPrefixLength().toInetAddress();
  }

  /** As it is written: {@code 192.168.50.0/24}. */
  @Override
  public String toString() {
    return Addresses.text(address) + "/" + length;
  }

  private IPAddress block() {
    return GENERATOR.from(address).toPrefixBlock(length);
  }
}
