package dev.twinspan.agent.rehearse.netns;

import static dev.twinspan.agent.rehearse.netns.Addresses.APPLIANCE;
import static dev.twinspan.agent.rehearse.netns.Addresses.APPLIANCE_BEHIND_NAT;
import static dev.twinspan.agent.rehearse.netns.Addresses.APPLIANCE_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.INSTANCES;
import static dev.twinspan.agent.rehearse.netns.Addresses.INSTANCES_INSIDE;
import static dev.twinspan.agent.rehearse.netns.Addresses.INSTANCE_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_HOST;
import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.NAT_ROUTER;
import static dev.twinspan.agent.rehearse.netns.Addresses.VNET_HOST;
import static dev.twinspan.agent.rehearse.netns.Addresses.VNET_PREFIX;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The machines of the bench and the wires between them.
 *
 * <pre>
 *            192.168.50.0/24          198.51.100.1 ─ .7      203.0.113.1 ─ .10       10.10.255.4
 *   lan eth0 ─────────── lan cpe wan ─────────────── cpe inet in0 ──────── wan in0 vnet ─────── in0 vnet
 *       .10              .1              (or by nat)          in1 ──────── wan in1 vnet ─────── in1 10.10.0.10
 *                                                                     .11           10.10.255.5
 * </pre>
 *
 * Each wire is point-to-point; no route leads from the public side to the private prefixes, so that
 * what should be in a tunnel and is not, does not arrive.
 *
 * @param nat between cpe and inet when the appliance is behind NAT, else null
 */
public record Topology(
    Namespace lan,
    Namespace cpe,
    @Nullable Namespace nat,
    Namespace inet,
    List<Namespace> instances,
    Namespace vnet) {

  /** Interface names, seen from the machine they are in. */
  public static final String WAN = "wan";

  /** The instance's leg into the VNet. */
  public static final String VNET = "vnet";

  /** Interface of instance {@code index} as inet and vnet name it, and its namespace's name. */
  public static String instanceName(int index) {
    return "in" + index;
  }

  /** Builds namespaces, wires, addresses and routes; takes about half a second. */
  public static Topology build(Sandbox sandbox, boolean behindNat) {
    List<Namespace> instances = new ArrayList<>();
    for (int i = 0; i < INSTANCES.size(); i++) {
      instances.add(sandbox.namespace(instanceName(i)));
    }
    Topology topology =
        new Topology(
            sandbox.namespace("lan"),
            sandbox.namespace("cpe"),
            behindNat ? sandbox.namespace("nat") : null,
            sandbox.namespace("inet"),
            List.copyOf(instances),
            sandbox.namespace("vnet"));
    topology.machines().forEach(Topology::plainRouting);
    topology.wireLan();
    topology.wireAppliance();
    for (int i = 0; i < INSTANCES.size(); i++) {
      topology.wireInstance(i);
    }
    return topology;
  }

  /** Every machine, for what is done to all or looked up by name. */
  public List<Namespace> machines() {
    List<Namespace> all = new ArrayList<>(List.of(lan, cpe, inet, vnet));
    all.addAll(instances);
    if (nat != null) {
      all.add(nat);
    }
    return all;
  }

  /**
   * @throws BenchException naming those that there are
   */
  public Namespace machine(String name) {
    return machines().stream()
        .filter(machine -> machine.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new BenchException("no machine '%s': there are %s".formatted(name, machines())));
  }

  /** The appliance's address as it knows it. */
  public String applianceAddress() {
    return nat == null ? APPLIANCE : APPLIANCE_BEHIND_NAT;
  }

  /**
   * Removes what is not of the bench's own making from an instance: tunnel devices, and routes with
   * them.
   */
  public void forgetTunnels(int index) {
    Namespace instance = instances.get(index);
    instance
        .ip("-brief", "link")
        .lines()
        .map(line -> line.split("[\\s@]+")[0])
        .filter(device -> !List.of("lo", WAN, VNET).contains(device))
        .forEach(device -> instance.run("", List.of("ip", "link", "del", device)));
    instance.run("", List.of("ip", "route", "flush", "type", "unreachable"));
  }

  /** Takes the public address of one instance from a machine: nobody has it then. */
  public void releaseAddress(int index, int from) {
    String address = INSTANCES.get(index);
    inet.run("", List.of("ip", "route", "del", address));
    instances.get(from).ip("addr", "del", address, "peer", INSTANCE_ROUTER, "dev", WAN);
  }

  /** Gives the public address of one instance to a machine, as a takeover by a standby does. */
  public void assignAddress(int index, int to) {
    String address = INSTANCES.get(index);
    Namespace machine = instances.get(to);
    machine.ip("addr", "add", address, "peer", INSTANCE_ROUTER, "dev", WAN);
    machine.ip("route", "replace", "default", "via", INSTANCE_ROUTER);
    inet.ip("route", "replace", address, "dev", instanceName(to), "src", INSTANCE_ROUTER);
  }

  static void plainRouting(Namespace machine) {
    machine.sysctl("net.ipv4.ip_forward", "1");
    // A distribution's default of strict reverse-path filtering is inherited from outside, and
    // drops
    // what returns by the other instance.
    machine.sysctl("net.ipv4.conf.all.rp_filter", "0");
    machine.sysctl("net.ipv4.conf.default.rp_filter", "0");
    // Flows, not address pairs, are what Azure's fabric spreads.
    machine.sysctl("net.ipv4.fib_multipath_hash_policy", "1");
  }

  private void wireLan() {
    wire(lan, "eth0", cpe, "lan");
    lan.ip("addr", "add", LAN_HOST + "/24", "dev", "eth0");
    cpe.ip("addr", "add", LAN_ROUTER + "/24", "dev", "lan");
    lan.ip("route", "add", "default", "via", LAN_ROUTER);
  }

  private void wireAppliance() {
    Namespace outer = nat == null ? cpe : nat;
    pointToPoint(outer, WAN, APPLIANCE, inet, "cpe", APPLIANCE_ROUTER);
    outer.ip("route", "add", "default", "via", APPLIANCE_ROUTER);
    if (nat != null) {
      pointToPoint(cpe, WAN, APPLIANCE_BEHIND_NAT, nat, "cpe", NAT_ROUTER);
      cpe.ip("route", "add", "default", "via", NAT_ROUTER);
      nat.nft(
          """
          table ip nat {
            chain out {
              type nat hook postrouting priority srcnat;
              oifname "%s" masquerade
            }
          }
          """
              .formatted(WAN));
    }
  }

  private void wireInstance(int index) {
    Namespace instance = instances.get(index);
    String name = instanceName(index);
    String inside = INSTANCES_INSIDE.get(index);
    pointToPoint(instance, WAN, INSTANCES.get(index), inet, name, INSTANCE_ROUTER);
    instance.ip("route", "add", "default", "via", INSTANCE_ROUTER);
    pointToPoint(instance, VNET, inside, vnet, name, VNET_HOST);
    instance.ip("route", "add", VNET_PREFIX, "via", VNET_HOST);
  }

  static void pointToPoint(
      Namespace a, String deviceA, String addressA, Namespace b, String deviceB, String addressB) {
    wire(a, deviceA, b, deviceB);
    a.ip("addr", "add", addressA, "peer", addressB, "dev", deviceA);
    b.ip("addr", "add", addressB, "peer", addressA, "dev", deviceB);
  }

  static void wire(Namespace a, String deviceA, Namespace b, String deviceB) {
    a.ip(
        "link",
        "add",
        "name",
        deviceA,
        "type",
        "veth",
        "peer",
        "name",
        deviceB,
        "netns",
        Long.toString(b.pid()));
    a.ip("link", "set", deviceA, "up");
    b.ip("link", "set", deviceB, "up");
  }
}
