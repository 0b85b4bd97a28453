package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.OffloadSwitches;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The configuration in force as JSON, in the words of the file, defaults filled in; no secrets. */
public final class ConfigJson {
  private static final String MASK = "***";

  private ConfigJson() {}

  public static ObjectNode tree(AgentConfig config) {
    ObjectNode tree = Json.object();
    tree.set(
        "device",
        Json.object().put("id", config.device().id()).put("site", config.device().site()));
    ObjectNode wan = Json.object();
    address(wan, "address", config.wan().address());
    address(wan, "public-address", config.wan().publicAddress());
    tree.set("wan", wan);
    ObjectNode lan = Json.object();
    lan.set("prefixes", texts(config.lan().prefixes()));
    address(lan, "address", config.site().lanAddress());
    tree.set("lan", lan);
    site(tree, config.site());
    if (config.bgp() != null) {
      tree.set("bgp", bgp(config.bgp()));
    }
    AgentConfig.TunnelDevice device = config.tunnelDevice();
    ObjectNode tunnel =
        Json.object()
            .put("name", device.name())
            .put("mtu", device.mtu())
            .put("mss", device.mss())
            .put("cores", device.cores())
            .put("nice", device.nice())
            .put("busy-poll", device.busyPollMicros());
    if (device.cryptoThreads() == AgentConfig.TunnelDevice.AUTO) {
      tunnel.put("crypto-threads", AgentConfig.TunnelDevice.AUTO_WORD);
    } else {
      tunnel.put("crypto-threads", device.cryptoThreads());
    }
    tunnel.set("offloads", offloads(device.offloads()));
    tree.set("tunnel-device", tunnel);
    tree.put("fips", config.crypto().fips());
    tree.set(
        "crypto",
        Json.object()
            .put("esp-backend", config.crypto().espBackend())
            .put("esp-fips", config.crypto().espFips()));
    tree.set("status", Json.object().put("socket", config.status().socket().toString()));
    if (config.metrics() != null) {
      tree.set("metrics", Json.object().put("listen", config.metrics().toString()));
    }
    if (config.page() != null) {
      tree.set("page", Json.object().put("listen", config.page().toString()));
    }
    if (config.fleet() != null) {
      tree.set("fleet", config.fleet().tree());
    }
    AgentConfig.SelfDrillConfig drill = config.selfDrill();
    if (drill != null) {
      tree.set(
          "self-drill",
          Json.object()
              .put("window", drill.window().toString())
              .put("rest", drill.rest().toSeconds()));
    }
    ArrayNode connections = Json.array();
    config.connections().forEach(connection -> connections.add(connection(connection)));
    tree.set("connections", connections);
    return tree;
  }

  /** An enum's constant as the file writes it: {@code active-active}. */
  public static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void site(ObjectNode tree, SiteConfig site) {
    if (site.sibling() != null) {
      ObjectNode sibling = Json.object();
      address(sibling, "address", site.sibling());
      tree.set("site-peer", sibling);
    }
    SiteConfig.Vrrp vrrp = site.vrrp();
    if (vrrp != null) {
      ObjectNode shared = Json.object();
      address(shared, "virtual-address", vrrp.virtualAddress());
      tree.set(
          "vrrp",
          shared
              .put("interface", vrrp.networkInterface())
              .put("router-id", vrrp.routerId())
              .put("priority", vrrp.priority())
              .put("advertisement-interval", vrrp.interval().toMillis())
              .put("state-file", vrrp.stateFile().toString()));
    }
  }

  private static ObjectNode offloads(OffloadSwitches offloads) {
    return Json.object()
        .put("checksum", offloads.checksum())
        .put("tso", offloads.tso())
        .put("uso", offloads.uso())
        .put("coalescing", offloads.coalescing())
        .put("udp-segment", offloads.udpSegment())
        .put("udp-gro", offloads.udpGro());
  }

  private static ObjectNode bgp(BgpConfig bgp) {
    ObjectNode tree = Json.object().put("asn", bgp.asn());
    address(tree, "router-address", bgp.routerAddress());
    address(tree, "router-address-ipv6", bgp.routerAddressIpv6());
    if (!bgp.neighbors().isEmpty()) {
      ArrayNode neighbors = Json.array();
      for (BgpConfig.Neighbor neighbor : bgp.neighbors()) {
        ObjectNode one = Json.object();
        address(one, "address", neighbor.address());
        neighbors.add(one.put("asn", neighbor.asn()));
      }
      tree.set("neighbors", neighbors);
    }
    return tree.put("hold-time", bgp.holdTime().toSeconds())
        .put("max-prefixes", bgp.maxPrefixes())
        .put("limit-action", word(bgp.limitAction()))
        .put("dial", word(bgp.dial()))
        .put("accept-default", bgp.acceptDefault())
        .put("announce-default", bgp.announceDefault())
        .put("announce-vnet-prefixes", bgp.announceVnetPrefixes())
        .put("azure-side", bgp.azureSide());
  }

  private static ObjectNode connection(ConnectionConfig connection) {
    ObjectNode tree = Json.object();
    tree.put("name", connection.name());
    tree.put("mode", word(connection.mode()));
    tree.put("routing", word(connection.routing()));
    tree.set("static-prefixes", texts(connection.staticPrefixes()));
    if (connection.routing() == ConnectionConfig.Routing.BGP) {
      tree.put("asn", connection.gateway().asn());
      tree.put("prepend", connection.gateway().prepend());
      tree.set("vnet-prefixes", texts(connection.gateway().vnetPrefixes()));
    }
    tree.put(
        "connection-mode",
        switch (connection.role()) {
          case INITIATE_AND_RESPOND -> "Default";
          case INITIATE_ONLY -> "InitiatorOnly";
          case RESPOND_ONLY -> "ResponderOnly";
        });
    switch (connection.auth()) {
      case AuthConfig.Psk(var file, _) ->
          tree.set("psk", Json.object().put("file", file.toString()).put("key", MASK));
      case AuthConfig.Certificate(var files, _) -> tree.set("certificate", certificate(files));
    }
    tree.set("policy", policy(connection.policy()));
    tree.put("dpd-timeout", connection.dpdTimeout().toSeconds());
    ArrayNode selectors = Json.array();
    connection
        .trafficSelectors()
        .forEach(
            pair ->
                selectors.add(
                    Json.object()
                        .put("local", pair.local().toString())
                        .put("remote", pair.remote().toString())));
    tree.set("traffic-selectors", selectors);
    tree.put("force-encapsulation", connection.forceEncapsulation());
    tree.put("ike-fragment-size", connection.ikeFragmentSize());
    tree.put("preference", connection.preference());
    tree.put("route-metric", connection.routeMetric());
    if (connection.localId() != null) {
      tree.put("local-id", connection.localId().toString());
    }
    ArrayNode instances = Json.array();
    connection.instances().forEach(instance -> instances.add(instance(instance)));
    tree.set("instances", instances);
    return tree;
  }

  private static ObjectNode certificate(AuthConfig.Files files) {
    ObjectNode tree =
        Json.object()
            .put("file", files.certificate().toString())
            .put("key-file", files.key().toString())
            .put("trust-file", files.trust().toString());
    if (files.crl() != null) {
      tree.put("crl-file", files.crl().toString());
    }
    return tree;
  }

  private static ObjectNode instance(InstanceConfig instance) {
    ObjectNode tree = Json.object().put("name", instance.name());
    address(tree, "address", instance.address());
    address(tree, "bgp-address", instance.bgpAddress());
    address(tree, "local-bgp-address", instance.localBgpAddress());
    address(tree, "local-address", instance.localAddress());
    address(tree, "probe-target", instance.probed());
    if (instance.uplink() != null) {
      tree.put("uplink", instance.uplink());
    }
    return tree.put("remote-id", instance.remoteId().toString());
  }

  private static ObjectNode policy(IkePolicy policy) {
    ObjectNode tree = Json.object().put("name", policy.name());
    ArrayNode ike = Json.array();
    policy
        .ike()
        .forEach(
            suite ->
                ike.add(
                    "%s-%d/%s/%s"
                        .formatted(
                            suite.cipher().encryption(),
                            suite.cipher().keyBits(),
                            suite.prf(),
                            suite.group().azureName())));
    tree.set("ike", ike);
    ArrayNode esp = Json.array();
    policy
        .esp()
        .forEach(
            suite ->
                esp.add(
                    "%s/%s"
                        .formatted(
                            suite.transform(),
                            suite.pfs() == null ? "None" : suite.pfs().azureName())));
    tree.set("esp", esp);
    return tree.put("saLifeTimeSeconds", policy.childLifetime().toSeconds())
        .put("saDataSizeKilobytes", policy.childBytes() / 1024);
  }

  private static void address(ObjectNode tree, String key, @Nullable InetAddress address) {
    if (address != null) {
      tree.put(key, Addresses.text(address));
    }
  }

  private static ArrayNode texts(Collection<?> values) {
    ArrayNode array = Json.array();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }
}
