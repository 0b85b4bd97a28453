package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.config.SiteConfig;
import dev.twinspan.ffi.linux.InterfaceAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this box itself speaks from into the tunnels, where a program leaves that to the kernel: its
 * DNS, its fleet's link, somebody's ping. An address of the LAN, as Azure routes back to no other;
 * the kernel would take one of the WAN as well.
 *
 * @param lan prefixes
 * @param preferred the box's own address there, when it was given
 * @param virtual what it shares with another box, and may lose at any time; null: nothing
 */
record TunnelSource(
    Set<Prefix> lan, @Nullable InetAddress preferred, @Nullable InetAddress virtual) {
  /** Whatever the kernel chooses. */
  static final TunnelSource NONE = new TunnelSource(Set.of(), null, null);

  TunnelSource {
    lan = Set.copyOf(lan);
  }

  static TunnelSource of(AgentConfig config) {
    SiteConfig.Vrrp vrrp = config.site().vrrp();
    return new TunnelSource(
        // A default route in it, which Azure is told of, makes nothing a neighbour.
        config.lan().prefixes().stream()
            .filter(prefix -> prefix.length() > 0)
            .collect(Collectors.toSet()),
        config.site().lanAddress(),
        vrrp == null ? null : vrrp.virtualAddress());
  }

  /** Whether it could be spoken from. */
  boolean takes(InetAddress address) {
    boolean ipv6 = address instanceof Inet6Address;
    return !address.equals(virtual)
        && lan.stream().anyMatch(p -> p.isIpv6() == ipv6 && p.contains(address));
  }

  /**
   * The preferred one, else that of the first interface.
   *
   * @param there this machine's addresses
   * @return null: none is of the LAN
   */
  @Nullable InetAddress choose(List<InterfaceAddress> there, boolean ipv6) {
    return there.stream()
        .filter(a -> a.address() instanceof Inet6Address == ipv6 && takes(a.address()))
        .min(
            Comparator.comparing((InterfaceAddress a) -> !a.address().equals(preferred))
                .thenComparingInt(InterfaceAddress::interfaceIndex))
        .map(InterfaceAddress::address)
        .orElse(null);
  }
}
