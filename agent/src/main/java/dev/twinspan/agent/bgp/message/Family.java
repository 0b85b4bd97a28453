package dev.twinspan.agent.bgp.message;

import java.util.Optional;

/**
 * The address families spoken here: AFI and SAFI (RFC 4760 section 3; IANA "Address Family Numbers"
 * and "SAFI Values").
 */
public enum Family {
  IPV4_UNICAST(1, 1, 32, "IPv4 unicast"),
  IPV6_UNICAST(2, 1, 128, "IPv6 unicast");

  private final int afi;
  private final int safi;
  private final int bits;
  private final String label;

  Family(int afi, int safi, int bits, String label) {
    this.afi = afi;
    this.safi = safi;
    this.bits = bits;
    this.label = label;
  }

  public int afi() {
    return afi;
  }

  public int safi() {
    return safi;
  }

  /** Bits of an address. */
  public int bits() {
    return bits;
  }

  public String label() {
    return label;
  }

  static Optional<Family> of(int afi, int safi) {
    for (Family family : values()) {
      if (family.afi == afi && family.safi == safi) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }
}
