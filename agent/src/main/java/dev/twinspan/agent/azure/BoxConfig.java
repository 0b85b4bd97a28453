package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.AzurePolicy;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.json.Json;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What this box will do, in the words of its configuration file. Only what Azure or the operator
 * decides is set; all else of a file that is there is kept.
 */
final class BoxConfig {
  private static final long AZURE_ASN = 65_515;

  private final Box box;
  private final Existing existing;

  private BoxConfig(Box box, Existing existing) {
    this.box = box;
    this.existing = existing;
  }

  static ObjectNode tree(Box box, Existing existing) {
    return new BoxConfig(box, existing).tree();
  }

  private ObjectNode tree() {
    ObjectNode tree = existing.isThere() ? (ObjectNode) existing.root().deepCopy() : Json.object();
    ObjectNode device = section(tree, "device");
    device.put("id", box.deviceId());
    if (box.site() != null) {
      device.put("site", box.site());
    }
    if (box.wanAddress() != null || box.publicAddress() != null) {
      ObjectNode wan = section(tree, "wan");
      address(wan, "address", box.wanAddress());
      address(wan, "public-address", box.publicAddress());
    }
    section(tree, "lan").set("prefixes", texts(box.lan()));
    if (box.connections().stream().anyMatch(Tunnels::bgp) && box.asn() != null) {
      ObjectNode bgp = section(tree, "bgp");
      bgp.put("asn", box.asn());
      address(bgp, "router-address", box.routerAddress());
    }
    tree.set("connections", connections());
    return tree;
  }

  private ArrayNode connections() {
    ArrayNode list = Json.array();
    Set<String> done = new HashSet<>();
    for (JsonNode old : existing.root().path("connections")) {
      String name = old.path("name").asString("");
      Tunnels imported =
          box.connections().stream().filter(c -> c.name().equals(name)).findFirst().orElse(null);
      if (imported == null || !old.isObject()) {
        list.add(old.deepCopy());
      } else if (done.add(name)) {
        list.add(connection(imported, (ObjectNode) old.deepCopy()));
      }
    }
    for (Tunnels tunnels : box.connections()) {
      if (done.add(tunnels.name())) {
        list.add(connection(tunnels, Json.object()));
      }
    }
    return list;
  }

  private ObjectNode connection(Tunnels tunnels, ObjectNode tree) {
    AzureConnection azure = tunnels.azure();
    tree.put("name", tunnels.name());
    tree.put("mode", tunnels.mode());
    tree.put("routing", tunnels.bgp() ? "bgp" : "static");
    if (tunnels.staticPrefixes().isEmpty()) {
      tree.remove("static-prefixes");
    } else {
      tree.set("static-prefixes", texts(tunnels.staticPrefixes()));
    }
    gateway(tunnels, tree);
    if (azure.kind() == AzureConnection.Kind.VPN_GATEWAY || azure.terms().policyTold()) {
      setOrRemove(tree, "connection-mode", tunnels.connectionMode(), "Default");
    }
    if (tunnels.secretFile() != null) {
      tree.set("psk", Json.object().put("file", tunnels.secretFile()));
      tree.remove("certificate");
    }
    policy(tunnels, tree);
    if (tunnels.dpdSeconds() == BoxPlanner.DEFAULT_DPD) {
      tree.remove("dpd-timeout");
    } else {
      tree.put("dpd-timeout", tunnels.dpdSeconds());
    }
    selectors(tunnels, tree);
    if (box.localId() != null && box.publicAddress() == null && !tree.has("local-id")) {
      tree.put("local-id", box.localId());
    }
    tree.set("instances", instances(tunnels, tree.path("instances")));
    return tree;
  }

  /** The other end of BGP. A hub's subnets are not Azure's filter, a VNet's address space is. */
  private static void gateway(Tunnels tunnels, ObjectNode tree) {
    AzureConnection azure = tunnels.azure();
    Long asn = azure.gateway().asn();
    if (!tunnels.bgp()) {
      tree.remove(List.of("asn", "prepend", "vnet-prefixes"));
      return;
    }
    if (asn != null && (asn != AZURE_ASN || tree.has("asn"))) {
      tree.put("asn", asn);
    }
    if (azure.kind() == AzureConnection.Kind.VPN_GATEWAY && !azure.gateway().prefixes().isEmpty()) {
      tree.set("vnet-prefixes", texts(azure.gateway().prefixes()));
    }
  }

  private static void policy(Tunnels tunnels, ObjectNode tree) {
    AzurePolicy told = tunnels.azure().terms().policy();
    if (!tunnels.policyName().equals(BoxPlanner.CUSTOM)) {
      tree.put("policy", tunnels.policyName());
    } else if (told != null) {
      tree.set("policy", policy(told));
    }
  }

  static ObjectNode policy(AzurePolicy policy) {
    ObjectNode tree =
        Json.object()
            .put("ikeEncryption", policy.ikeEncryption())
            .put("ikeIntegrity", policy.ikeIntegrity())
            .put("dhGroup", policy.dhGroup())
            .put("ipsecEncryption", policy.ipsecEncryption())
            .put("ipsecIntegrity", policy.ipsecIntegrity())
            .put("pfsGroup", policy.pfsGroup());
    if (policy.saLifeTimeSeconds() != null) {
      tree.put("saLifeTimeSeconds", policy.saLifeTimeSeconds());
    }
    if (policy.saDataSizeKilobytes() != null) {
      tree.put("saDataSizeKilobytes", policy.saDataSizeKilobytes());
    }
    return tree;
  }

  private static void selectors(Tunnels tunnels, ObjectNode tree) {
    if (tunnels.selectors().isEmpty()) {
      tree.remove("traffic-selectors");
      return;
    }
    ArrayNode pairs = Json.array();
    tunnels
        .selectors()
        .forEach(
            pair ->
                pairs.add(
                    Json.object()
                        .put("local", pair.local().toString())
                        .put("remote", pair.remote().toString())));
    tree.set("traffic-selectors", pairs);
  }

  /** What the operator has set for an instance stays with its address. */
  private static ArrayNode instances(Tunnels tunnels, JsonNode before) {
    ArrayNode list = Json.array();
    for (AzureInstance instance : tunnels.azure().gateway().instances()) {
      String address = Addresses.text(instance.address());
      ObjectNode tree = Json.object().put("name", instance.name()).put("address", address);
      for (JsonNode old : before) {
        if (old.isObject() && address.equals(old.path("address").asString(""))) {
          tree = (ObjectNode) old.deepCopy();
        }
      }
      if (instance.bgpAddress() == null) {
        tree.remove("bgp-address");
      } else {
        address(tree, "bgp-address", instance.bgpAddress());
      }
      address(tree, "local-bgp-address", tunnels.localBgpAddress());
      list.add(tree);
    }
    return list;
  }

  private static ObjectNode section(ObjectNode tree, String key) {
    if (tree.path(key) instanceof ObjectNode section) {
      return section;
    }
    ObjectNode section = Json.object();
    tree.set(key, section);
    return section;
  }

  private static void setOrRemove(ObjectNode tree, String key, String value, String otherwise) {
    if (value.equals(otherwise)) {
      tree.remove(key);
    } else {
      tree.put(key, value);
    }
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
