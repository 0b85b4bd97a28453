package dev.twinspan.agent.rehearse.netns;

import static dev.twinspan.agent.rehearse.netns.Addresses.APPLIANCE_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.BOXES_INSIDE;
import static dev.twinspan.agent.rehearse.netns.Addresses.BOXES_IN_TRANSIT;
import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_HOST;
import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.SECOND_APPLIANCE;
import static dev.twinspan.agent.rehearse.netns.Addresses.TRANSIT_ROUTER;

import java.util.BitSet;
import java.util.List;

/**
 * The branch with two appliances and a switch between them and the LAN host, whose way out is a
 * virtual address that one of the two has.
 *
 * <pre>
 *               ┌── cpe   lan .2   wan 198.51.100.7 ──┐
 *   lan ── switch                                     inet ── in0, in1
 *   .10         └── cpe2  lan .3   wan 198.51.100.8 ──┘
 *                .1 is the virtual address
 * </pre>
 *
 * For one thread at a time.
 *
 * @param boxes the two appliances
 */
public record Site(
    Topology topology, Namespace lanSwitch, List<Namespace> boxes, BitSet dead, BitSet offline) {
  /** The appliances' leg into the LAN. */
  public static final String LAN = "lan";

  /** The router's leg towards the appliances. */
  private static final String TRANSIT = "transit";

  private static final List<String> OUTER = List.of(Addresses.APPLIANCE, SECOND_APPLIANCE);

  /** Names of the boxes, and of the wires to them in inet and switch. */
  private static final List<String> NAMES = List.of("cpe", "cpe2");

  /** Puts a switch where the wire between appliance and LAN host was, and a second appliance. */
  public static Site build(Sandbox sandbox, Topology topology) {
    Site site = behindSwitch(sandbox, topology, BOXES_INSIDE);
    port(site.lanSwitch(), topology.lan(), "eth0", "host", LAN_HOST);
    topology.lan().ip("route", "add", "default", "via", LAN_ROUTER);
    return site;
  }

  /**
   * The same with a router between switch and LAN host:
   *
   * <pre>
   *                                    ┌── cpe   lan .2
   *   lan ─ 192.168.50.0/24 ─ router ─ switch, 192.168.49.0/24
   *   .10                  .1        .1└── cpe2  lan .3
   * </pre>
   *
   * @param router without wires
   */
  public static Site buildRouted(Sandbox sandbox, Topology topology, Namespace router) {
    Site site = behindSwitch(sandbox, topology, BOXES_IN_TRANSIT);
    Topology.plainRouting(router);
    port(site.lanSwitch(), router, TRANSIT, "router", TRANSIT_ROUTER);
    Topology.wire(topology.lan(), "eth0", router, LAN);
    topology.lan().ip("addr", "add", LAN_HOST + "/24", "dev", "eth0");
    router.ip("addr", "add", LAN_ROUTER + "/24", "dev", LAN);
    topology.lan().ip("route", "add", "default", "via", LAN_ROUTER);
    return site;
  }

  /** A second appliance, and a switch in the place of the first one's wire to the LAN host. */
  private static Site behindSwitch(Sandbox sandbox, Topology topology, List<String> inside) {
    Namespace lanSwitch = sandbox.namespace("switch");
    Namespace second = sandbox.namespace(NAMES.get(1));
    Topology.plainRouting(second);
    Topology.pointToPoint(
        second, Topology.WAN, SECOND_APPLIANCE, topology.inet(), NAMES.get(1), APPLIANCE_ROUTER);
    second.ip("route", "add", "default", "via", APPLIANCE_ROUTER);

    topology.lan().ip("link", "del", "eth0");
    lanSwitch.ip("link", "add", "name", "bridge", "type", "bridge", "forward_delay", "0");
    lanSwitch.ip("link", "set", "bridge", "up");
    port(lanSwitch, topology.cpe(), LAN, NAMES.get(0), inside.get(0));
    port(lanSwitch, second, LAN, NAMES.get(1), inside.get(1));
    // As distributions have it for devices to come, and so for the boxes' tunnel devices.
    topology.cpe().sysctl("net.ipv4.conf.default.rp_filter", "1");
    second.sysctl("net.ipv4.conf.default.rp_filter", "1");
    return new Site(
        topology, lanSwitch, List.of(topology.cpe(), second), new BitSet(), new BitSet());
  }

  private static void port(
      Namespace lanSwitch, Namespace machine, String device, String port, String address) {
    Topology.wire(machine, device, lanSwitch, port);
    lanSwitch.ip("link", "set", port, "master", "bridge");
    machine.ip("addr", "add", address + "/24", "dev", device);
  }

  /** A box's wires are cut: no frame leaves it or reaches it, and nobody answers for it. */
  public void cut(int box) {
    dead.set(box);
    wires();
  }

  /** Only its wire to the internet is cut. */
  public void cutOutside(int box) {
    offline.set(box);
    wires();
  }

  public void mend(int box) {
    dead.clear(box);
    offline.clear(box);
    wires();
  }

  private void wires() {
    StringBuilder outside = new StringBuilder();
    StringBuilder inside = new StringBuilder();
    for (int box = 0; box < boxes.size(); box++) {
      if (dead.get(box) || offline.get(box)) {
        outside.append(
            "    ip saddr %1$s drop\n    ip daddr %1$s drop\n".formatted(OUTER.get(box)));
      }
      if (dead.get(box)) {
        inside.append("    iifname %1$s drop\n    oifname %1$s drop\n".formatted(NAMES.get(box)));
      }
    }
    topology
        .inet()
        .nft(table("ip", "type filter hook forward priority filter - 1;", outside.toString()));
    lanSwitch.nft(table("bridge", "type filter hook forward priority filter;", inside.toString()));
  }

  private static String table(String family, String hook, String rules) {
    return """
    table %1$s cut
    delete table %1$s cut
    table %1$s cut {
      chain forward {
        %2$s
    %3$s  }
    }
    """
        .formatted(family, hook, rules);
  }

  /** Whether the box has the virtual address. */
  public boolean isMaster(int box) {
    return boxes.get(box).ip("-brief", "addr", "show", "dev", LAN).contains(LAN_ROUTER + "/");
  }

  /**
   * Packets that a box threw away because they had gone round too often, from its start: what a
   * loop between the two would show.
   */
  public long timeExceeded(int box) {
    List<String> icmp =
        boxes.get(box).procNet("snmp").stream().filter(line -> line.startsWith("Icmp:")).toList();
    List<String> names = List.of(icmp.get(0).split(" "));
    return Long.parseLong(icmp.get(1).split(" ")[names.indexOf("OutTimeExcds")]);
  }
}
