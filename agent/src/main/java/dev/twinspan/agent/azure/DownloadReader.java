package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Gateway;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Names;
import dev.twinspan.agent.azure.AzureConnection.Terms;
import dev.twinspan.agent.azure.Pieces.Piece;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Virtual WAN's "Download VPN configuration": one entry per link of a site, in it one connection
 * per hub. It tells no IPsec policy. Instances are paired by their keys, never by their order:
 * Azure writes the two BGP addresses in either one.
 */
record DownloadReader(Findings findings) {
  private static final int MAX_INSTANCES = 2;

  List<AzureConnection> read(List<Piece> entries) {
    List<AzureConnection> connections = new ArrayList<>();
    for (Piece entry : entries) {
      List<Fields> hubs = entry.fields().objects("vpnSiteConnections");
      if (hubs.isEmpty()) {
        findings.warning(
            "site-without-connection",
            entry.file(),
            "site %s has no vpnSiteConnections: it is not connected to a hub"
                .formatted(site(entry)),
            "in Azure: connect the VPN site to the hub, then download again");
      }
      hubs.forEach(hub -> connections.add(connection(entry, hub)));
    }
    return connections;
  }

  private static String site(Piece entry) {
    String name = entry.fields().object("vpnSiteConfiguration").text("Name");
    return name == null ? "without a name" : name;
  }

  private AzureConnection connection(Piece entry, Fields hub) {
    Values values = new Values(findings, entry.file());
    Fields site = entry.fields().object("vpnSiteConfiguration");
    Fields settings = hub.object("connectionConfiguration");
    Fields place = hub.object("hubConfiguration");
    Branch branch = branch(site, values);
    boolean bgp = settings.isTrue("IsBgpEnabled");
    String region = place.text("Region");
    List<AzureInstance> instances =
        instances(hub.object("gatewayConfiguration"), Values.isApipa(branch.bgpAddress()), values);
    List<String> behind = new ArrayList<>(place.texts("AddressSpace"));
    behind.addAll(place.texts("ConnectedSubnets"));
    return new AzureConnection(
        Kind.VIRTUAL_WAN,
        "hub-" + (region == null ? "azure" : region),
        entry.file(),
        region,
        new Names(null, null, null, site.text("Name"), site.text("LinkName")),
        new Gateway(
            null,
            "RouteBased",
            true,
            values.asn(
                hub.object("gatewayConfiguration").object("BgpSetting").number("Asn"),
                "gatewayConfiguration.BgpSetting.Asn"),
            0,
            instances,
            values.prefixes(behind, "hubConfiguration")),
        new Terms(
            bgp,
            null,
            false,
            null,
            "Default",
            "IKEv2",
            false,
            List.of(),
            false,
            instances.stream().anyMatch(one -> Values.isPrivate(one.address()))),
        branch,
        Values.secret(settings.text("PSK")));
  }

  private static Branch branch(Fields site, Values values) {
    Fields bgp = site.object("BgpSetting");
    return new Branch(
        values.address(site.text("IPAddress"), "vpnSiteConfiguration.IPAddress"),
        null,
        values.asn(bgp.number("Asn"), "vpnSiteConfiguration.BgpSetting.Asn"),
        values.address(
            bgp.text("BgpPeeringAddress"), "vpnSiteConfiguration.BgpSetting.BgpPeeringAddress"),
        List.of());
  }

  private List<AzureInstance> instances(Fields gateway, boolean apipa, Values values) {
    Map<String, List<InetAddress>> publics = byInstance(gateway.object("IpAddresses"), values);
    Fields setting = gateway.object("BgpSetting");
    Map<String, List<InetAddress>> bgp = byInstance(setting.object("BgpPeeringAddresses"), values);
    Map<String, List<InetAddress>> custom =
        byInstance(setting.object("CustomBgpPeeringAddresses"), values);
    List<AzureInstance> instances = new ArrayList<>();
    publics.forEach(
        (key, addresses) -> {
          List<InetAddress> own = custom.getOrDefault(key, List.of());
          List<InetAddress> usual = bgp.getOrDefault(key, List.of());
          if (!addresses.isEmpty() && instances.size() < MAX_INSTANCES) {
            instances.add(
                new AzureInstance(
                    "in" + key, addresses.getFirst(), first(apipa ? own : usual), own));
          }
        });
    return instances;
  }

  /** {@code {"Instance0": "…", "Instance1": …}} by number; a list per instance is taken too. */
  private static Map<String, List<InetAddress>> byInstance(Fields map, Values values) {
    Map<String, List<InetAddress>> sorted = new TreeMap<>();
    if (map.isObject()) {
      map.node()
          .propertyNames()
          .forEach(
              key -> {
                String number = key.replaceAll("[^0-9]", "");
                if (!number.isEmpty() && number.length() < 3) {
                  sorted.put(number, values.addresses(map.texts(key), key));
                }
              });
    }
    return new LinkedHashMap<>(sorted);
  }

  private static @Nullable InetAddress first(List<InetAddress> addresses) {
    return addresses.isEmpty() ? null : addresses.getFirst();
  }
}
