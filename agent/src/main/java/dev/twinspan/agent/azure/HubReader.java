package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Gateway;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Names;
import dev.twinspan.agent.azure.AzureConnection.Terms;
import dev.twinspan.agent.azure.Pieces.Piece;
import dev.twinspan.agent.azure.Pieces.Type;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Virtual WAN as resources: {@code vpnGateways}, their {@code vpnConnections} (one per site, one
 * link connection per uplink), {@code vpnSites} and {@code virtualHubs}.
 */
record HubReader(Pieces pieces, Findings findings) {
  private static final int MAX_INSTANCES = 2;

  List<AzureConnection> read() {
    List<AzureConnection> connections = new ArrayList<>();
    for (Piece gateway : pieces.of(Type.HUB_GATEWAY)) {
      List<Piece> own = new ArrayList<>();
      gateway
          .fields()
          .objects("connections")
          .forEach(one -> own.add(new Piece(Type.HUB_CONNECTION, one, gateway.file())));
      own.forEach(one -> add(gateway, one, connections));
    }
    for (Piece connection : pieces.of(Type.HUB_CONNECTION)) {
      String name = Fields.segmentAfter(connection.fields().text("id"), "vpnGateways");
      Piece gateway = pieces.find(Type.HUB_GATEWAY, name);
      boolean read =
          connections.stream()
              .anyMatch(
                  c ->
                      c.names().connection() != null
                          && c.names().connection().equalsIgnoreCase(connection.name()));
      if (gateway == null) {
        findings.refused(
            "no-gateway",
            String.valueOf(connection.name()),
            "its VPN gateway%s is not among the files".formatted(name == null ? "" : " " + name),
            "add a FILE with: az network vpn-gateway show -g GROUP -n GATEWAY -o json");
      } else if (!read) {
        add(gateway, connection, connections);
      }
    }
    if (connections.isEmpty() && pieces.of(Type.HUB_CONNECTION).isEmpty()) {
      for (Piece gateway : pieces.of(Type.HUB_GATEWAY)) {
        findings.refused(
            "no-connection",
            String.valueOf(gateway.name()),
            "is a VPN gateway of a hub, but no connection of it is among the files",
            "add a FILE with: az network vpn-gateway connection show -g GROUP --gateway-name GATEWAY"
                + " -n CONNECTION -o json");
      }
    }
    return connections;
  }

  private void add(Piece gateway, Piece connection, List<AzureConnection> into) {
    List<Fields> links = connection.fields().objects("vpnLinkConnections");
    if (links.isEmpty()) {
      into.add(connection(gateway, connection, Fields.NONE));
    }
    links.forEach(link -> into.add(connection(gateway, connection, link)));
  }

  /** What the link says wins over what the connection says. */
  private AzureConnection connection(Piece gateway, Piece connection, Fields link) {
    Values values = new Values(findings, connection.file());
    Fields whole = connection.fields();
    String siteName = whole.idName("remoteVpnSite");
    String linkName = link.idName("vpnSiteLink");
    Piece site = pieces.find(Type.VPN_SITE, siteName);
    Branch branch = branch(site, linkName, values);
    Fields terms = link.isObject() ? link : whole;
    String name = connection.name() == null ? "hub" : connection.name();
    Long dpd = terms.number("dpdTimeoutSeconds");
    return new AzureConnection(
        Kind.VIRTUAL_WAN,
        name,
        connection.file(),
        gateway.fields().text("location"),
        new Names(
            group(gateway),
            gateway.name(),
            connection.name(),
            site == null ? siteName : site.name(),
            linkName),
        new Gateway(
            null,
            "RouteBased",
            true,
            values.asn(gateway.fields().object("bgpSettings").number("asn"), "bgpSettings.asn"),
            terms.objects("ingressNatRules").size() + terms.objects("egressNatRules").size(),
            instances(gateway, terms, branch, values),
            behind(gateway, values)),
        new Terms(
            terms.isTrue("enableBgp") || whole.isTrue("enableBgp"),
            GatewayReader.policy(terms),
            true,
            dpd == null || dpd < 9 || dpd > 3600 ? null : Integer.valueOf(dpd.intValue()),
            GatewayReader.mode(terms.text("vpnLinkConnectionMode")),
            GatewayReader.protocol(terms.text("vpnConnectionProtocolType")),
            terms.isTrue("usePolicyBasedTrafficSelectors"),
            values.selectors(whole.objects("trafficSelectorPolicies")),
            false,
            terms.isTrue("useLocalAzureIpAddress")),
        branch,
        Values.secret(
            terms.text("sharedKey") == null ? whole.text("sharedKey") : terms.text("sharedKey")));
  }

  private static List<AzureInstance> instances(
      Piece gateway, Fields terms, Branch branch, Values values) {
    List<Fields> told =
        gateway.fields().object("bgpSettings").objects("bgpPeeringAddresses").stream()
            .sorted(Comparator.comparing(one -> String.valueOf(one.text("ipconfigurationId"))))
            .toList();
    boolean wantsPrivate = terms.isTrue("useLocalAzureIpAddress");
    List<AzureInstance> instances = new ArrayList<>();
    for (Fields one : told) {
      List<InetAddress> tunnel =
          values.addresses(one.texts("tunnelIpAddresses"), "tunnelIpAddresses");
      InetAddress address =
          tunnel.stream()
              .filter(candidate -> Values.isPrivate(candidate) == wantsPrivate)
              .findFirst()
              .orElse(null);
      List<InetAddress> apipa =
          values.addresses(one.texts("customBgpIpAddresses"), "customBgpIpAddresses");
      List<InetAddress> usual =
          values.addresses(one.texts("defaultBgpIpAddresses"), "defaultBgpIpAddresses");
      List<InetAddress> bgp = Values.isApipa(branch.bgpAddress()) ? apipa : usual;
      if (address != null && instances.size() < MAX_INSTANCES) {
        instances.add(
            new AzureInstance(
                "in" + instances.size(), address, bgp.isEmpty() ? null : bgp.getFirst(), apipa));
      }
    }
    return instances;
  }

  private List<Prefix> behind(Piece gateway, Values values) {
    Piece hub = pieces.find(Type.HUB, gateway.fields().idName("virtualHub"));
    return hub == null
        ? List.of()
        : values.prefixes(hub.fields().texts("addressPrefix"), "addressPrefix");
  }

  private static Branch branch(@Nullable Piece site, @Nullable String linkName, Values values) {
    if (site == null) {
      return new Branch(null, null, null, null, List.of());
    }
    Fields fields = site.fields();
    List<Fields> links = fields.objects("vpnSiteLinks");
    Fields link =
        links.stream()
            .filter(one -> linkName != null && linkName.equalsIgnoreCase(one.text("name")))
            .findFirst()
            .orElse(links.size() == 1 ? links.getFirst() : Fields.NONE);
    Fields whole = fields.object("bgpProperties");
    Fields bgp = link.object("bgpProperties").isObject() ? link.object("bgpProperties") : whole;
    String address =
        link.text("ipAddress") == null ? fields.text("ipAddress") : link.text("ipAddress");
    return new Branch(
        values.address(address, "ipAddress of the VPN site"),
        values.hostName(link.text("fqdn")),
        values.asn(bgp.number("asn"), "bgpProperties.asn of the VPN site"),
        values.address(
            bgp.text("bgpPeeringAddress"), "bgpProperties.bgpPeeringAddress of the VPN site"),
        values.prefixes(
            fields.object("addressSpace").texts("addressPrefixes"),
            "addressSpace.addressPrefixes of the VPN site"));
  }

  private static @Nullable String group(Piece piece) {
    String group = piece.fields().text("resourceGroup");
    return group == null ? Fields.segmentAfter(piece.fields().text("id"), "resourceGroups") : group;
  }
}
