package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;

/**
 * IPv6 beside IPv4 on the inside of the bench; the outside stays IPv4, as Azure's is.
 *
 * <pre>
 *   lan fd00:192:168:50::10 ─ ::1 cpe ═══ in0 fd00:10:10:f0::1 ─ ::2 vnet fd00:10:10::10
 *                                     ═══ in1 fd00:10:10:f1::1 ─ ::2
 * </pre>
 */
final class DualStack {
  static final String LAN_PREFIX = "fd00:192:168:50::/64";
  static final String VNET_PREFIX = "fd00:10:10::/48";
  static final String VNET_HOST = "fd00:10:10::10";

  /** Next hop of what the appliance announces. */
  static final String APPLIANCE_LOOPBACK = "fd00:255::17";

  private DualStack() {}

  /** Next hop of what instance {@code index} announces. */
  static String inside(int index) {
    return "fd00:10:10:f%d::1".formatted(index);
  }

  /** The VNet spreads flows to the LAN over both instances, whatever these have routes for. */
  static void wire(Topology topology) {
    topology.machines().forEach(machine -> machine.sysctl("net.ipv6.conf.all.forwarding", "1"));
    Namespace lan = topology.lan();
    Namespace vnet = topology.vnet();
    // Flows, not address pairs, are what Azure's fabric spreads.
    vnet.sysctl("net.ipv6.fib_multipath_hash_policy", "1");
    address(lan, "eth0", "fd00:192:168:50::10/64");
    address(topology.cpe(), "lan", "fd00:192:168:50::1/64");
    lan.ip("route", "add", "default", "via", "fd00:192:168:50::1");
    address(vnet, "lo", VNET_HOST + "/128");
    for (int i = 0; i < topology.instances().size(); i++) {
      Namespace instance = topology.instances().get(i);
      String beyond = "fd00:10:10:f%d::2".formatted(i);
      address(instance, Topology.VNET, inside(i) + "/64");
      address(vnet, Topology.instanceName(i), beyond + "/64");
      instance.ip("route", "add", VNET_PREFIX, "via", beyond);
    }
    vnet.ip(
        "route",
        "add",
        LAN_PREFIX,
        "src",
        VNET_HOST,
        "nexthop",
        "via",
        inside(0),
        "nexthop",
        "via",
        inside(1));
  }

  private static void address(Namespace machine, String device, String address) {
    machine.ip("address", "add", address, "dev", device, "nodad");
  }

  /** Both of the appliance's addresses are behind the instance's tunnel. */
  static void leadToBox(Namespace instance) {
    for (String own : new String[] {Addresses.APPLIANCE_LOOPBACK + "/32", APPLIANCE_LOOPBACK}) {
      instance.ip("route", "replace", own, "dev", "ipsec0");
    }
  }
}
