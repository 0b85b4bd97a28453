package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.ike.Secret;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Azure expects of one connection, whichever file told it.
 *
 * @param name as this box will call the connection
 * @param file where it was found
 * @param region of a Virtual WAN hub; null: not told
 * @param psk null: not in the files
 */
record AzureConnection(
    Kind kind,
    String name,
    String file,
    @Nullable String region,
    Names names,
    Gateway gateway,
    Terms terms,
    Branch branch,
    @Nullable Secret psk) {

  enum Kind {
    VPN_GATEWAY("VPN gateway"),
    VIRTUAL_WAN("Virtual WAN hub");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** What Azure calls things, for the {@code az} commands; null: not in the files. */
  record Names(
      @Nullable String group,
      @Nullable String gateway,
      @Nullable String connection,
      @Nullable String branch,
      @Nullable String link) {}

  /**
   * @param sku e.g. {@code VpnGw2AZ}; null: not told
   * @param vpnType {@code RouteBased} or {@code PolicyBased}; null: not told
   * @param activeActive null: not told
   * @param asn null: not told
   * @param natRules how many
   * @param prefixes what lies behind it: address spaces of the VNet or hub
   */
  record Gateway(
      @Nullable String sku,
      @Nullable String vpnType,
      @Nullable Boolean activeActive,
      @Nullable Long asn,
      int natRules,
      List<AzureInstance> instances,
      List<Prefix> prefixes) {
    Gateway {
      instances = List.copyOf(instances);
      prefixes = List.copyOf(prefixes);
    }
  }

  /**
   * @param name {@code in0}, {@code in1}
   * @param address what the tunnel ends on; private with VPN over ExpressRoute
   * @param bgpAddress the one this connection uses; null: none told
   * @param apipa its APIPA addresses, used or not
   */
  record AzureInstance(
      String name, InetAddress address, @Nullable InetAddress bgpAddress, List<InetAddress> apipa) {
    AzureInstance {
      apipa = List.copyOf(apipa);
    }
  }

  /**
   * The settings of the connection.
   *
   * @param policy null: Azure's default one
   * @param policyTold false: the file does not tell policies, the default one is assumed
   * @param dpdSeconds null: Azure's default, 45
   * @param mode {@code Default}, {@code InitiatorOnly} or {@code ResponderOnly}, seen from Azure
   * @param protocol {@code IKEv2} or {@code IKEv1}
   * @param selectors local is this box's side; empty: any-any
   * @param localAzureAddress VPN over ExpressRoute: Azure's private addresses
   */
  record Terms(
      boolean bgp,
      @Nullable AzurePolicy policy,
      boolean policyTold,
      @Nullable Integer dpdSeconds,
      String mode,
      String protocol,
      boolean policyBased,
      List<SelectorPair> selectors,
      boolean certificate,
      boolean localAzureAddress) {
    Terms {
      selectors = List.copyOf(selectors);
    }
  }

  /** A custom policy in Azure's names. */
  record AzurePolicy(
      String ikeEncryption,
      String ikeIntegrity,
      String dhGroup,
      String ipsecEncryption,
      String ipsecIntegrity,
      String pfsGroup,
      @Nullable Long saLifeTimeSeconds,
      @Nullable Long saDataSizeKilobytes) {
    static final AzurePolicy STRONG =
        new AzurePolicy(
            "AES256",
            "SHA384",
            "ECP384",
            "GCMAES256",
            "GCMAES256",
            "ECP384",
            27_000L,
            102_400_000L);
  }

  /**
   * This box as Azure sees it: the local network gateway, or the VPN site and its link.
   *
   * @param address null with {@code fqdn}, or when not told
   * @param prefixes its address space
   */
  record Branch(
      @Nullable InetAddress address,
      @Nullable String fqdn,
      @Nullable Long asn,
      @Nullable InetAddress bgpAddress,
      List<Prefix> prefixes) {
    Branch {
      prefixes = List.copyOf(prefixes);
    }
  }
}
