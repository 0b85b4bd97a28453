package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.AzurePolicy;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Gateway;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Names;
import dev.twinspan.agent.azure.AzureConnection.Terms;
import dev.twinspan.agent.azure.Pieces.Piece;
import dev.twinspan.agent.azure.Pieces.Type;
import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual network gateway, its connections and local network gateways, as {@code az … show} or an
 * ARM export tell them; the VNet and the public addresses too, when they are among the files.
 */
record GatewayReader(Pieces pieces, Findings findings) {
  private static final int MAX_INSTANCES = 2;

  List<AzureConnection> read() {
    List<AzureConnection> connections = new ArrayList<>();
    for (Piece connection : pieces.of(Type.CONNECTION)) {
      String type = connection.fields().text("connectionType");
      if (type != null && !type.equalsIgnoreCase("IPsec")) {
        findings.note(
            "not-ipsec",
            name(connection),
            "is a connection of type %s, not of a branch; left out".formatted(type),
            "");
      } else {
        AzureConnection read = connection(connection);
        if (read != null) {
          connections.add(read);
        }
      }
    }
    if (pieces.of(Type.CONNECTION).isEmpty()) {
      withoutConnection();
    }
    return connections;
  }

  private void withoutConnection() {
    for (Piece gateway : pieces.of(Type.VNET_GATEWAY)) {
      findings.refused(
          "no-connection",
          name(gateway),
          "is a gateway, but no connection of it is among the files",
          "add a FILE with: az network vpn-connection show -g GROUP -n CONNECTION -o json");
    }
  }

  private @Nullable AzureConnection connection(Piece piece) {
    Fields fields = piece.fields();
    String name = name(piece);
    Piece gateway = pieces.find(Type.VNET_GATEWAY, fields.idName("virtualNetworkGateway1"));
    Piece local = pieces.find(Type.LOCAL_GATEWAY, fields.idName("localNetworkGateway2"));
    if (gateway == null) {
      String wanted = fields.idName("virtualNetworkGateway1");
      findings.refused(
          "no-gateway",
          name,
          "its gateway%s is not among the files".formatted(wanted == null ? "" : " " + wanted),
          "add a FILE with: az network vnet-gateway show -g GROUP -n GATEWAY -o json");
      return null;
    }
    if (local == null) {
      findings.warning(
          "no-local-gateway",
          name,
          "its local network gateway is not among the files, so what Azure knows of this box is not"
              + " known",
          "add a FILE with: az network local-gateway show -g GROUP -n NAME -o json");
    }
    Values values = new Values(findings, piece.file());
    Branch branch = branch(local, values);
    List<Prefix> behind = behind(gateway, values);
    Integer dpd = dpd(fields.number("dpdTimeoutSeconds"), name);
    return new AzureConnection(
        Kind.VPN_GATEWAY,
        name,
        piece.file(),
        null,
        new Names(
            group(piece),
            gateway.name(),
            piece.name(),
            local == null ? fields.idName("localNetworkGateway2") : local.name(),
            null),
        gateway(gateway, fields, branch, behind, values),
        new Terms(
            fields.isTrue("enableBgp"),
            policy(fields),
            true,
            dpd,
            mode(fields.text("connectionMode")),
            protocol(fields.text("connectionProtocol")),
            fields.isTrue("usePolicyBasedTrafficSelectors"),
            selectors(fields, branch, behind, values),
            "Certificate".equalsIgnoreCase(fields.text("authenticationType")),
            fields.isTrue("useLocalAzureIpAddress")),
        branch,
        Values.secret(fields.text("sharedKey")));
  }

  /** Azure's own ranges; else, where it wants selectors, each prefix here with each there. */
  private static List<SelectorPair> selectors(
      Fields connection, Branch branch, List<Prefix> behind, Values values) {
    List<SelectorPair> told = values.selectors(connection.objects("trafficSelectorPolicies"));
    if (!told.isEmpty() || !connection.isTrue("usePolicyBasedTrafficSelectors")) {
      return told;
    }
    Set<SelectorPair> pairs = new LinkedHashSet<>();
    values.pairs(branch.prefixes(), behind, pairs);
    return List.copyOf(pairs);
  }

  private Gateway gateway(
      Piece piece, Fields connection, Branch branch, List<Prefix> behind, Values values) {
    Fields fields = piece.fields();
    return new Gateway(
        fields.object("sku").text("name"),
        fields.text("vpnType"),
        fields.flag("activeActive"),
        values.asn(fields.object("bgpSettings").number("asn"), "bgpSettings.asn"),
        connection.objects("ingressNatRules").size() + connection.objects("egressNatRules").size(),
        new InstanceReader(pieces, values, branch, connection).read(fields, MAX_INSTANCES),
        behind);
  }

  private List<Prefix> behind(Piece gateway, Values values) {
    List<String> texts = new ArrayList<>();
    for (Piece vnet : pieces.of(Type.VNET)) {
      boolean its =
          pieces.of(Type.VNET).size() == 1
              || gateway.fields().objects("ipConfigurations").stream()
                  .map(one -> one.object("subnet").text("id"))
                  .map(id -> Fields.segmentAfter(id, "virtualNetworks"))
                  .anyMatch(name -> name != null && name.equalsIgnoreCase(vnet.name()));
      if (its) {
        texts.addAll(vnet.fields().object("addressSpace").texts("addressPrefixes"));
        for (Fields peering : vnet.fields().objects("virtualNetworkPeerings")) {
          if (peering.isTrue("allowGatewayTransit")) {
            texts.addAll(peering.object("remoteAddressSpace").texts("addressPrefixes"));
          }
        }
      }
    }
    return values.prefixes(texts, "addressSpace.addressPrefixes");
  }

  private static Branch branch(@Nullable Piece local, Values values) {
    if (local == null) {
      return new Branch(null, null, null, null, List.of());
    }
    Fields fields = local.fields();
    Fields bgp = fields.object("bgpSettings");
    return new Branch(
        values.address(fields.text("gatewayIpAddress"), "gatewayIpAddress"),
        values.hostName(fields.text("fqdn")),
        values.asn(bgp.number("asn"), "bgpSettings.asn of the local network gateway"),
        values.address(
            bgp.text("bgpPeeringAddress"), "bgpSettings.bgpPeeringAddress of the local gateway"),
        values.prefixes(
            fields.object("localNetworkAddressSpace").texts("addressPrefixes"),
            "localNetworkAddressSpace.addressPrefixes"));
  }

  static @Nullable AzurePolicy policy(Fields connection) {
    List<Fields> policies = connection.objects("ipsecPolicies");
    if (policies.isEmpty()) {
      return null;
    }
    Fields policy = policies.getFirst();
    return new AzurePolicy(
        word(policy, "ikeEncryption"),
        word(policy, "ikeIntegrity"),
        word(policy, "dhGroup"),
        word(policy, "ipsecEncryption"),
        word(policy, "ipsecIntegrity"),
        word(policy, "pfsGroup"),
        positive(policy.number("saLifeTimeSeconds")),
        positive(policy.number("saDataSizeKilobytes")));
  }

  private static String word(Fields policy, String key) {
    String word = policy.text(key);
    return word == null ? "" : word.matches("[A-Za-z0-9]{1,32}") ? word : "unknown";
  }

  private static @Nullable Long positive(@Nullable Long number) {
    return number == null || number <= 0 ? null : number;
  }

  private @Nullable Integer dpd(@Nullable Long seconds, String about) {
    if (seconds == null || seconds == 0) {
      return null;
    }
    if (seconds < 9 || seconds > 3600) {
      findings.warning(
          "bad-dpd",
          about,
          "dpdTimeoutSeconds is %d, expected 9 to 3600; 45 is taken".formatted(seconds),
          "");
      return null;
    }
    return seconds.intValue();
  }

  static String mode(@Nullable String text) {
    for (String mode : List.of("InitiatorOnly", "ResponderOnly")) {
      if (mode.equalsIgnoreCase(text)) {
        return mode;
      }
    }
    return "Default";
  }

  static String protocol(@Nullable String text) {
    return "IKEv1".equalsIgnoreCase(text) ? "IKEv1" : "IKEv2";
  }

  private static @Nullable String group(Piece piece) {
    String group = piece.fields().text("resourceGroup");
    return group == null ? Fields.segmentAfter(piece.fields().text("id"), "resourceGroups") : group;
  }

  private static String name(Piece piece) {
    String name = piece.name();
    return name == null ? "azure" : name;
  }

  /** The instances of one gateway, as one of its connections uses them. */
  private record InstanceReader(Pieces pieces, Values values, Branch branch, Fields connection) {
    List<AzureInstance> read(Fields gateway, int most) {
      List<AzureInstance> instances = new ArrayList<>();
      List<Fields> told = gateway.object("bgpSettings").objects("bgpPeeringAddresses");
      for (Fields configuration : gateway.objects("ipConfigurations")) {
        String name = configuration.text("name");
        Fields bgp = ofConfiguration(told, name);
        if (bgp == null && told.size() == 1 && gateway.objects("ipConfigurations").size() == 1) {
          bgp = told.getFirst();
        }
        add(instances, bgp == null ? Fields.NONE : bgp, configuration, name);
      }
      if (instances.isEmpty()) {
        told.forEach(bgp -> add(instances, bgp, Fields.NONE, bgp.idName("ipconfigurationId")));
      }
      return instances.subList(0, Math.min(most, instances.size()));
    }

    private void add(
        List<AzureInstance> into, Fields bgp, Fields configuration, @Nullable String name) {
      InetAddress address = address(bgp, configuration);
      if (address != null) {
        List<InetAddress> apipa =
            values.addresses(bgp.texts("customBgpIpAddresses"), "customBgpIpAddresses");
        into.add(
            new AzureInstance("in" + into.size(), address, bgpAddress(bgp, apipa, name), apipa));
      }
    }

    private @Nullable InetAddress address(Fields bgp, Fields configuration) {
      List<InetAddress> tunnel =
          new ArrayList<>(values.addresses(bgp.texts("tunnelIpAddresses"), "tunnelIpAddresses"));
      InetAddress own = values.address(configuration.text("privateIPAddress"), "privateIPAddress");
      if (own != null) {
        tunnel.add(own);
      }
      Piece publicAddress =
          configuration.has("publicIPAddress")
              ? pieces.find(Type.PUBLIC_IP, configuration.idName("publicIPAddress"))
              : null;
      InetAddress outside =
          publicAddress == null
              ? null
              : values.address(publicAddress.fields().text("ipAddress"), "ipAddress");
      if (outside != null) {
        tunnel.addFirst(outside);
      }
      boolean wantsPrivate = connection.isTrue("useLocalAzureIpAddress");
      return tunnel.stream()
          .filter(one -> Values.isPrivate(one) == wantsPrivate)
          .findFirst()
          .orElse(wantsPrivate || tunnel.isEmpty() ? null : tunnel.getFirst());
    }

    /** What the connection names itself, else an APIPA one where this box's is one. */
    private @Nullable InetAddress bgpAddress(
        Fields bgp, List<InetAddress> apipa, @Nullable String name) {
      for (Fields custom : connection.objects("gatewayCustomBgpIpAddresses")) {
        String configuration = custom.idName("ipConfigurationId");
        if (configuration != null && configuration.equalsIgnoreCase(name)) {
          return values.address(custom.text("customBgpIpAddress"), "customBgpIpAddress");
        }
      }
      if (Values.isApipa(branch.bgpAddress())) {
        return apipa.isEmpty() ? null : apipa.getFirst();
      }
      List<InetAddress> usual =
          values.addresses(bgp.texts("defaultBgpIpAddresses"), "defaultBgpIpAddresses");
      return usual.isEmpty() ? null : usual.getFirst();
    }

    private static @Nullable Fields ofConfiguration(List<Fields> told, @Nullable String name) {
      for (Fields bgp : told) {
        String configuration = bgp.idName("ipconfigurationId");
        if (configuration != null && configuration.equalsIgnoreCase(name)) {
          return bgp;
        }
      }
      return null;
    }
  }
}
