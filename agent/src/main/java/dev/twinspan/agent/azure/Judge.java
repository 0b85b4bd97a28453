package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.Gateway;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Terms;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.config.ReservedAsn;
import java.net.InetAddress;

/** What would go wrong, or less well than it could, each with the setting to change. */
final class Judge {
  private final Box box;
  private final Existing existing;
  private final Findings findings;

  private Judge(Box box, Existing existing, Findings findings) {
    this.box = box;
    this.existing = existing;
    this.findings = findings;
  }

  static void judge(Box box, Existing existing, Findings findings) {
    Judge judge = new Judge(box, existing, findings);
    judge.identity();
    judge.lan();
    for (Tunnels tunnels : box.connections()) {
      judge.gateway(tunnels);
      judge.instances(tunnels);
      judge.terms(tunnels);
      judge.dialling(tunnels);
      judge.policy(tunnels);
      judge.routing(tunnels);
      judge.overlaps(tunnels);
    }
  }

  private void identity() {
    if (box.publicAddress() == null && box.wanAddress() == null && box.localId() == null) {
      findings.refused(
          "no-public-address",
          "",
          "the address Azure knows this box by is not in the files",
          "here: --public-address ADDRESS, as in the local network gateway or VPN site");
    }
    if (box.localId() != null && box.publicAddress() == null) {
      findings.warning(
          "host-name",
          "",
          "Azure knows this box by the host name %s: it calls itself so, and DNS must follow its address"
              .formatted(box.localId()),
          "here: --public-address ADDRESS, if the address is fixed");
    }
  }

  private void lan() {
    if (box.lan().isEmpty()) {
      findings.refused(
          "no-lan",
          "",
          "what lies behind this box is not in the files",
          "here: --lan PREFIX (repeat it); or add a FILE with `az network local-gateway show` or"
              + " `az network vpn-site show`");
    }
    for (Prefix prefix : box.lan()) {
      if (prefix.length() == 0) {
        findings.warning(
            "forced-tunnelling",
            "",
            "%s behind this box draws all traffic of the VNet here, and cuts its virtual machines off"
                    .formatted(prefix)
                + " from the internet's side",
            "in Azure: the real prefixes in the local network gateway, unless this is wanted");
      }
      InetAddress own = box.publicAddress();
      if (own != null && prefix.length() > 0 && prefix.contains(own)) {
        findings.warning(
            "public-address-inside",
            "",
            "%s, the public address of this box, lies inside %s behind it: Azure would send the"
                    .formatted(Addresses.text(own), prefix)
                + " tunnel's packets into the tunnel, and traffic drops now and then",
            "in Azure: take it out of the local network gateway's address space");
      }
    }
  }

  private void gateway(Tunnels tunnels) {
    Gateway gateway = tunnels.azure().gateway();
    String name = tunnels.name();
    if ("PolicyBased".equalsIgnoreCase(gateway.vpnType())) {
      findings.refused(
          "policy-based-gateway",
          name,
          "the gateway is PolicyBased: it speaks IKEv1 only, with one tunnel and no BGP",
          "in Azure: create a RouteBased gateway; the type cannot be changed");
    }
    if ("Basic".equalsIgnoreCase(gateway.sku())) {
      findings.warning(
          "basic-sku",
          name,
          "SKU Basic: no BGP, no active-active, no custom policy, 100 Mbit/s, 10 tunnels",
          "in Azure: SKU VpnGw1AZ or above (a new gateway)");
    }
    if (gateway.natRules() > 0) {
      findings.warning(
          "nat-rules",
          name,
          "%d NAT rules of the gateway are in use: this box sees translated addresses"
              .formatted(gateway.natRules()),
          "here: static-prefixes and lan.prefixes must be what is seen on this side of the rules");
    }
  }

  private void instances(Tunnels tunnels) {
    Gateway gateway = tunnels.azure().gateway();
    String name = tunnels.name();
    if (gateway.instances().isEmpty()) {
      findings.refused(
          "no-instance",
          name,
          "no address of the gateway is in the files",
          tunnels.azure().kind() == Kind.VIRTUAL_WAN
              ? "download the VPN configuration again once the hub's gateway is provisioned"
              : "add a FILE for each public address: az network public-ip show -g GROUP -n NAME -o"
                  + " json");
    }
    if (gateway.instances().size() == 1) {
      boolean both = Boolean.TRUE.equals(gateway.activeActive());
      findings.warning(
          "one-tunnel",
          name,
          "one tunnel only: maintenance of that instance is an outage of 10 to 15 s, its failure one"
              + " of a minute and more",
          both
              ? "the gateway is active-active, but the files name one address: add a FILE with the"
                  + " other (az network public-ip show)"
              : "in Azure: active-active, with a second public address (the az command is below)");
    }
    if (gateway.instances().stream().anyMatch(one -> Values.isPrivate(one.address()))) {
      findings.note(
          "private-address",
          name,
          "the tunnels end on private addresses of Azure: VPN over ExpressRoute private peering",
          "here: these addresses must be reachable by the ExpressRoute circuit, without the tunnel");
    }
  }

  private void terms(Tunnels tunnels) {
    Terms terms = tunnels.azure().terms();
    String name = tunnels.name();
    if (terms.protocol().equals("IKEv1")) {
      findings.refused(
          "ikev1",
          name,
          "the connection speaks IKEv1, and this box IKEv2 alone",
          "in Azure: delete the connection and create it with connectionProtocol IKEv2; it cannot be"
              + " changed");
    }
    if (terms.certificate() && !existing.hasCertificate(name)) {
      findings.refused(
          "certificate",
          name,
          "the connection authenticates by certificates, whose keys Azure does not hand out",
          "here: write the connection with its certificate section by hand, then import again");
    }
    if (terms.policyBased() && tunnels.selectors().isEmpty()) {
      findings.refused(
          "no-selectors",
          name,
          "the connection wants traffic selectors, but the prefixes of one side are not in the files",
          "add a FILE with the VNet (az network vnet show) and the local network gateway; or in"
              + " Azure: --use-policy-based-traffic-selectors false");
    } else if (!tunnels.selectors().isEmpty()) {
      findings.warning(
          "policy-based",
          name,
          "%d traffic selectors: each prefix that is added later must be added on both sides"
              .formatted(tunnels.selectors().size()),
          "in Azure: --use-policy-based-traffic-selectors false, unless another device needs it");
    }
    if (tunnels.dpdSeconds() < 30) {
      findings.note(
          "short-dpd",
          name,
          "a DPD timeout of %d s makes Azure rekey IKE more often; Microsoft advises 30 to 45"
              .formatted(tunnels.dpdSeconds()),
          "in Azure: dpdTimeoutSeconds 45; this box finds a dead tunnel by itself");
    }
  }

  private void dialling(Tunnels tunnels) {
    if (tunnels.azure().terms().mode().equals("InitiatorOnly")) {
      findings.warning(
          "azure-dials",
          tunnels.name(),
          "Azure alone opens the tunnel (InitiatorOnly): UDP 500 and 4500 must reach this box, and"
              + " behind NAT it stays down",
          "in Azure: connectionMode Default");
    }
  }

  private void policy(Tunnels tunnels) {
    if (tunnels.policyName().equals(BoxPlanner.DEFAULT)) {
      findings.warning(
          "default-policy",
          tunnels.name(),
          tunnels.azure().terms().policyTold()
              ? "the connection has Azure's default policy: IKE with DHGroup2 (MODP1024), too weak"
                  + " today"
              : "the file tells no policy, so Azure's default one is assumed: IKE with DHGroup2"
                  + " (MODP1024), too weak today",
          "in Azure: the custom policy below; then here: import again with --policy azure-strong");
    }
    if (tunnels.policyName().equals(BoxPlanner.STRONG)
        && tunnels.azure().terms().policy() == null) {
      findings.warning(
          "policy-not-in-azure",
          tunnels.name(),
          "this box will offer azure-strong alone; with Azure's default policy the tunnel stays down",
          "in Azure: the custom policy below");
    }
  }

  private void routing(Tunnels tunnels) {
    if (!tunnels.bgp()) {
      staticRouting(tunnels);
      return;
    }
    String name = tunnels.name();
    Long asn = box.asn();
    if (asn == null || box.routerAddress() == null) {
      findings.refused(
          "no-bgp-peer",
          name,
          "BGP is on, but the %s of this box is not in the files"
              .formatted(asn == null ? "ASN" : "BGP address"),
          "in Azure: BGP settings in the local network gateway or VPN site; or here: --asn and"
              + " --router-address");
      return;
    }
    ReservedAsn.why(asn)
        .ifPresent(
            why ->
                findings.refused(
                    "reserved-asn", name, why, "or here: --asn, and the az command below"));
    if (asn.equals(tunnels.azure().gateway().asn())) {
      findings.refused(
          "same-asn",
          name,
          "%d is the ASN of the gateway too, and Azure speaks eBGP only".formatted(asn),
          "in Azure: another ASN in the local network gateway; or here: --asn");
    }
    if (box.routerAddress().equals(box.publicAddress())) {
      findings.refused(
          "peer-is-public",
          name,
          "the BGP address of this box is its public address %s, which Azure does not take"
              .formatted(Addresses.text(box.routerAddress())),
          "in Azure: a loopback address of this box as the local network gateway's BGP peer address;"
              + " or here: --router-address");
    }
    peers(tunnels);
  }

  private void peers(Tunnels tunnels) {
    InetAddress own = tunnels.localBgpAddress();
    boolean apipa = Values.isApipa(own == null ? box.routerAddress() : own);
    for (AzureInstance instance : tunnels.azure().gateway().instances()) {
      if (instance.bgpAddress() == null) {
        findings.refused(
            "no-bgp-address",
            tunnels.name(),
            "instance %s (%s) has no %sBGP address in the files"
                .formatted(
                    instance.name(), Addresses.text(instance.address()), apipa ? "APIPA " : ""),
            apipa
                ? "in Azure: a custom BGP address of 169.254.21.0 to 169.254.22.255 for each"
                    + " instance, or a BGP peer address of this box that is none of APIPA"
                : "in Azure: BGP on the gateway (enableBgp), then get the file again");
      } else if (apipa != Values.isApipa(instance.bgpAddress())) {
        findings.warning(
            "apipa-mixed",
            tunnels.name(),
            "the session to %s mixes an APIPA address with an ordinary one, and would not come up"
                .formatted(Addresses.text(instance.bgpAddress())),
            "in Azure: APIPA addresses on both sides, or on neither");
      }
    }
  }

  private void staticRouting(Tunnels tunnels) {
    if (tunnels.staticPrefixes().isEmpty()) {
      findings.refused(
          "no-azure-prefixes",
          tunnels.name(),
          "BGP is off, and what lies behind the gateway is not in the files",
          "here: --azure-prefix PREFIX (repeat it); or add a FILE with: az network vnet show -g GROUP"
              + " -n VNET -o json");
    }
    if (tunnels.azure().branch().bgpAddress() != null && box.asn() != null) {
      findings.note(
          "bgp-off",
          tunnels.name(),
          "both sides have BGP settings, but BGP is off on the connection: static routes",
          "in Azure: --enable-bgp true on the connection, then import again");
    }
  }

  private void overlaps(Tunnels tunnels) {
    for (Prefix azure : tunnels.azure().gateway().prefixes()) {
      for (Prefix here : box.lan()) {
        if (here.isIpv6() == azure.isIpv6() && here.overlaps(azure) && !here.equals(azure)) {
          findings.warning(
              "prefix-overlap",
              tunnels.name(),
              "%s behind this box overlaps %s behind the gateway: the longer prefix wins, on each side"
                  .formatted(here, azure),
              "in Azure: address spaces that do not overlap");
        }
      }
    }
  }
}
