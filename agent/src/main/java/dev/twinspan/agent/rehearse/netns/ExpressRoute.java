package dev.twinspan.agent.rehearse.netns;

import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_PREFIX;
import static dev.twinspan.agent.rehearse.netns.Addresses.VNET_HOST;
import static dev.twinspan.agent.rehearse.netns.Addresses.VNET_PREFIX;

import java.time.Duration;
import java.util.List;

/**
 * ExpressRoute beside the VPN: an edge router with a leg to the branch's box and one into the VNet.
 *
 * <pre>
 *   lan ── cpe ── 172.16.0.1 edge 172.16.1.1 ── vnet
 * </pre>
 *
 * Its routes are better than those into the tunnels, at both ends, and go with its links.
 */
public final class ExpressRoute {
  /** Its interface, in the box and in the VNet. */
  public static final String DEVICE = "er";

  /** Of its route in the box. */
  public static final int METRIC = 20;

  private static final String BRANCH = "172.16.0.2";
  private static final String EDGE_BRANCH = "172.16.0.1";
  private static final String EDGE_VNET = "172.16.1.1";

  /** The VNet's routes by the instances have the best metric there is; halves are better still. */
  private static final List<String> LAN_HALVES = List.of("192.168.50.0/25", "192.168.50.128/25");

  private static final Duration CARRIER = Duration.ofSeconds(30);

  private final Topology topology;
  private final Namespace edge;

  private ExpressRoute(Topology topology, Namespace edge) {
    this.topology = topology;
    this.edge = edge;
  }

  /**
   * Wires it and puts it in use.
   *
   * @param edge a machine without wires
   */
  public static ExpressRoute wire(Topology topology, Namespace edge) {
    Topology.plainRouting(edge);
    Topology.pointToPoint(edge, "branch", EDGE_BRANCH, topology.cpe(), DEVICE, BRANCH);
    Topology.pointToPoint(edge, "vnet", EDGE_VNET, topology.vnet(), DEVICE, VNET_HOST);
    edge.ip("route", "add", LAN_PREFIX, "via", BRANCH);
    edge.ip("route", "add", VNET_PREFIX, "via", VNET_HOST);
    ExpressRoute express = new ExpressRoute(topology, edge);
    express.routes();
    return express;
  }

  /** Both links go down, and the routes with them. */
  public void down() {
    topology.vnet().ip("link", "set", DEVICE, "down");
    topology.cpe().ip("link", "set", DEVICE, "down");
  }

  /**
   * The links come back, then, once both carry packets, the routes: the way back before the way
   * there. A real link's carrier is told before its routes are; a namespace's is noticed by the
   * kernel in its own time, and until then it drops what it is given.
   */
  public void up() {
    topology.vnet().ip("link", "set", DEVICE, "up");
    topology.cpe().ip("link", "set", DEVICE, "up");
    for (String neighbour : List.of(VNET_HOST, BRANCH)) {
      Await.orThrow(
          CARRIER,
          () -> edge.run("", List.of("ping", "-c1", "-W1", "-q", neighbour)).ok(),
          neighbour + " to answer the ExpressRoute edge",
          () -> edge.ip("-s", "link"));
    }
    routes();
  }

  private void routes() {
    LAN_HALVES.forEach(half -> topology.vnet().ip("route", "replace", half, "via", EDGE_VNET));
    topology
        .cpe()
        .ip(
            "route",
            "replace",
            VNET_PREFIX,
            "via",
            EDGE_BRANCH,
            "metric",
            Integer.toString(METRIC));
  }
}
