package dev.twinspan.agent.config;

import java.util.Optional;
import java.util.Set;

/** The autonomous system numbers Azure does not take from the on-premises side (FAQ, "BGP"). */
public final class ReservedAsn {
  /** What has one of these on its path has come from Azure, by a tunnel or by ExpressRoute. */
  static final Set<Long> AZURE =
      Set.of(8074L, 8075L, 12076L, 65515L, 65517L, 65518L, 65519L, 65520L);

  private static final String INSTEAD =
      ": take a private ASN, 64512 to 65514 or 65521 to 65534, or a 32-bit one, and set the same"
          + " in the local network gateway";

  private ReservedAsn() {}

  /** Of this box. */
  public static Optional<String> why(long asn) {
    return whose(asn).map(words -> words + INSTEAD);
  }

  /** A sentence's beginning. */
  static Optional<String> whose(long asn) {
    if (asn == 8074 || asn == 8075 || asn == 12076) {
      return because(asn, "Azure (public ASNs 8074, 8075, 12076)");
    }
    if (asn == 65515 || asn >= 65517 && asn <= 65520) {
      return because(asn, "Azure (private ASNs 65515, 65517, 65518, 65519, 65520)");
    }
    if (asn == 23456
        || asn >= 64496 && asn <= 64511
        || asn >= 65535 && asn <= 65551
        || asn == 4294967295L) {
      return because(asn, "IANA (23456, 64496 to 64511, 65535 to 65551, 4294967295)");
    }
    return Optional.empty();
  }

  private static Optional<String> because(long asn, String whom) {
    return Optional.of(asn + " is an ASN reserved by " + whom);
  }
}
