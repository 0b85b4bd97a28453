package dev.twinspan.agent.rehearse.netns;

import java.util.List;

/**
 * Who has which address on the bench. Public ones are from the documentation blocks of RFC 5737,
 * the appliance behind NAT from the shared block of RFC 6598.
 */
public final class Addresses {
  /** Public addresses of the gateway's two instances. */
  public static final List<String> INSTANCES = List.of("203.0.113.10", "203.0.113.11");

  /** Addresses of the instances inside the gateway subnet; their BGP addresses. */
  public static final List<String> INSTANCES_INSIDE = List.of("10.10.255.4", "10.10.255.5");

  /** The router that the instances see. */
  public static final String INSTANCE_ROUTER = "203.0.113.1";

  /** What the instances see the appliance as. */
  public static final String APPLIANCE = "198.51.100.7";

  public static final String APPLIANCE_ROUTER = "198.51.100.1";
  public static final String APPLIANCE_BEHIND_NAT = "100.64.0.7";
  public static final String NAT_ROUTER = "100.64.0.1";

  /** What the appliance speaks BGP from. */
  public static final String APPLIANCE_LOOPBACK = "10.255.0.17";

  /** What the instances see the branch's second appliance as. */
  public static final String SECOND_APPLIANCE = "198.51.100.8";

  /** What the second appliance speaks BGP from. */
  public static final String SECOND_LOOPBACK = "10.255.0.18";

  public static final String LAN_PREFIX = "192.168.50.0/24";
  public static final String LAN_ROUTER = "192.168.50.1";

  /** The two appliances' own addresses on the LAN, where {@link #LAN_ROUTER} is a virtual one. */
  public static final List<String> BOXES_INSIDE = List.of("192.168.50.2", "192.168.50.3");

  /** Where the two appliances stand when a router is between them and the LAN's hosts. */
  public static final String TRANSIT_PREFIX = "192.168.49.0/24";

  /** The LAN's router there. */
  public static final String TRANSIT_ROUTER = "192.168.49.1";

  /** The two appliances there. */
  public static final List<String> BOXES_IN_TRANSIT = List.of("192.168.49.2", "192.168.49.3");

  public static final String LAN_HOST = "192.168.50.10";

  public static final String VNET_PREFIX = "10.10.0.0/16";
  public static final String VNET_HOST = "10.10.0.10";

  private Addresses() {}
}
