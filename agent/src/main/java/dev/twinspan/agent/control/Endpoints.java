package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which sockets a configuration needs: IKE on 500, ESP in UDP with IKE on 4500 (RFC 3948), on each
 * local address, bound to the uplink that the address belongs to.
 */
final class Endpoints {
  static final int IKE_PORT = 500;
  static final int NAT_PORT = 4500;

  private Endpoints() {}

  static List<Endpoint> of(AgentConfig config) {
    Map<InetAddress, String> devices = new LinkedHashMap<>();
    for (ConnectionConfig connection : config.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        String uplink = instance.uplink() == null ? "" : instance.uplink();
        devices.merge(localAddress(config, instance), uplink, (a, b) -> a.isEmpty() ? b : a);
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    devices.forEach(
        (address, device) -> {
          endpoints.add(new Endpoint(new InetSocketAddress(address, IKE_PORT), Kind.IKE, device));
          endpoints.add(
              new Endpoint(new InetSocketAddress(address, NAT_PORT), Kind.ESP_IN_UDP, device));
        });
    return endpoints;
  }

  /**
   * Whether ESP may run as IP protocol 50: where a connection does not insist on UDP and NAT
   * detection finds none.
   */
  static boolean rawEsp(AgentConfig config) {
    return config.connections().stream().anyMatch(c -> !c.forceEncapsulation());
  }

  private static InetAddress localAddress(AgentConfig config, InstanceConfig instance) {
    InetAddress own = instance.localAddress();
    if (own != null) {
      return own;
    }
    InetAddress shared = config.wan().address();
    return shared != null ? shared : wildcard(instance.address() instanceof Inet6Address);
  }

  private static InetAddress wildcard(boolean ipv6) {
    try {
      return InetAddress.getByAddress(new byte[ipv6 ? 16 : 4]);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
