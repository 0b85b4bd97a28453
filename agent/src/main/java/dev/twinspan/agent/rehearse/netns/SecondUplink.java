package dev.twinspan.agent.rehearse.netns;

/**
 * A second ISP of the appliance, with a NAT of its own and a default route that is worse than the
 * first's.
 *
 * <pre>
 *   cpe wan1 100.65.0.7 ── 100.65.0.1 nat1 192.0.2.7 ── 192.0.2.1 inet
 * </pre>
 */
public final class SecondUplink {
  /** The appliance's interface. */
  public static final String DEVICE = "wan1";

  /** The appliance's address there. */
  public static final String PRIVATE = "100.65.0.7";

  /** What the instances see. */
  public static final String PUBLIC = "192.0.2.7";

  private static final String NAT_INSIDE = "100.65.0.1";
  private static final String ROUTER = "192.0.2.1";

  private SecondUplink() {}

  /**
   * @param nat a machine without wires
   */
  public static void wire(Topology topology, Namespace nat) {
    Topology.plainRouting(nat);
    Topology.pointToPoint(topology.cpe(), DEVICE, PRIVATE, nat, "cpe", NAT_INSIDE);
    Topology.pointToPoint(nat, Topology.WAN, PUBLIC, topology.inet(), "nat1", ROUTER);
    nat.ip("route", "add", "default", "via", ROUTER);
    nat.nft(
        """
        table ip nat {
          chain out {
            type nat hook postrouting priority srcnat;
            oifname "%s" masquerade
          }
        }
        """
            .formatted(Topology.WAN));
    topology.cpe().ip("route", "add", "default", "via", NAT_INSIDE, "metric", "500");
  }
}
