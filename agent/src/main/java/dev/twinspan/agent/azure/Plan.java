package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.AzurePolicy;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Terms;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.config.Addresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What Azure expects beside what this box will do, in words, for one connection. */
record Plan(String connection, String origin, List<Row> rows) {
  private static final int LISTED = 6;

  /** One topic. */
  record Row(String topic, String azure, String box) {}

  static List<Plan> of(Box box) {
    return box.connections().stream().map(one -> of(box, one)).toList();
  }

  private static Plan of(Box box, Tunnels tunnels) {
    AzureConnection azure = tunnels.azure();
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("this box", known(azure.branch()), calls(box)));
    for (AzureInstance one : azure.gateway().instances()) {
      rows.add(
          new Row(
              "instance " + one.name(),
              Addresses.text(one.address()),
              "tunnel %s/%s".formatted(tunnels.name(), one.name())));
    }
    rows.add(new Row("sharing", activity(azure), tunnels.mode()));
    rows.add(
        new Row(
            "shared key",
            azure.psk() == null ? "not in the files" : "in the files, not shown",
            tunnels.secretFile() == null ? "certificates" : tunnels.secretFile() + ", mode 0600"));
    policies(tunnels, rows);
    rows.add(
        new Row(
            "dead peer after",
            azure.terms().dpdSeconds() == null
                ? "45 s (Azure's default)"
                : azure.terms().dpdSeconds() + " s",
            tunnels.dpdSeconds() + " s"));
    rows.add(
        new Row(
            "who opens",
            switch (azure.terms().mode()) {
              case "InitiatorOnly" -> "Azure (InitiatorOnly)";
              case "ResponderOnly" -> "this box (ResponderOnly)";
              default -> "either side (Default)";
            },
            tunnels.connectionMode()));
    rows.add(
        new Row(
            "selectors",
            azure.terms().selectors().isEmpty()
                ? azure.terms().policyBased() ? "policy-based" : "any to any (route-based)"
                : azure.terms().selectors().size() + " pairs (policy-based)",
            tunnels.selectors().isEmpty() ? "any to any" : tunnels.selectors().size() + " pairs"));
    routing(box, tunnels, rows);
    rows.add(new Row("behind this box", prefixes(azure.branch().prefixes()), prefixes(box.lan())));
    return new Plan(
        tunnels.name(),
        "%s%s, from %s"
            .formatted(
                azure.kind().words(),
                azure.region() == null ? "" : " in " + azure.region(),
                azure.file()),
        List.copyOf(rows));
  }

  private static void policies(Tunnels tunnels, List<Row> rows) {
    Terms terms = tunnels.azure().terms();
    AzurePolicy policy = terms.policy();
    String box = tunnels.policyName();
    if (policy == null) {
      String told = terms.policyTold() ? "default: " : "default, assumed: ";
      rows.add(new Row("IKE", told + "AES256/128, SHA1/256, DHGroup2", box));
      rows.add(new Row("ESP", told + "GCMAES256, AES-CBC, no PFS", box));
      return;
    }
    rows.add(
        new Row(
            "IKE",
            "%s, %s, %s".formatted(policy.ikeEncryption(), policy.ikeIntegrity(), policy.dhGroup()),
            box.equals(BoxPlanner.CUSTOM) ? "the same" : box));
    rows.add(
        new Row(
            "ESP",
            "%s, %s, PFS %s, %d s, %d KB"
                .formatted(
                    policy.ipsecEncryption(),
                    policy.ipsecIntegrity(),
                    policy.pfsGroup(),
                    orDefault(policy.saLifeTimeSeconds(), 27_000),
                    orDefault(policy.saDataSizeKilobytes(), 102_400_000)),
            box.equals(BoxPlanner.CUSTOM) ? "the same" : box));
  }

  private static void routing(Box box, Tunnels tunnels, List<Row> rows) {
    AzureConnection azure = tunnels.azure();
    if (!tunnels.bgp()) {
      rows.add(
          new Row(
              "routing", "static, BGP is off", "static: " + prefixes(tunnels.staticPrefixes())));
      return;
    }
    Long asn = azure.gateway().asn();
    rows.add(
        new Row(
            "ASN of Azure",
            asn == null ? "not told: 65515" : asn.toString(),
            asn == null ? "65515" : asn.toString()));
    rows.add(
        new Row(
            "ASN of this box",
            text(azure.branch().asn()),
            box.asn() == null ? "none" : box.asn().toString()));
    for (AzureInstance one : azure.gateway().instances()) {
      rows.add(
          new Row(
              "BGP " + one.name(),
              "%s to %s".formatted(text(one.bgpAddress()), text(azure.branch().bgpAddress())),
              "%s to %s, inside tunnel %s/%s"
                  .formatted(
                      text(
                          tunnels.localBgpAddress() == null
                              ? box.routerAddress()
                              : tunnels.localBgpAddress()),
                      text(one.bgpAddress()),
                      tunnels.name(),
                      one.name())));
    }
  }

  private static String known(Branch branch) {
    if (branch.address() != null) {
      return Addresses.text(branch.address());
    }
    return branch.fqdn() == null ? "not in the files" : branch.fqdn();
  }

  private static String calls(Box box) {
    if (box.publicAddress() != null) {
      return "calls itself " + Addresses.text(box.publicAddress());
    }
    return box.localId() == null ? "calls itself its own address" : "calls itself " + box.localId();
  }

  private static String activity(AzureConnection azure) {
    Boolean both = azure.gateway().activeActive();
    return both == null ? "not told" : both ? "active-active" : "active-standby";
  }

  private static long orDefault(@Nullable Long value, long otherwise) {
    return value == null ? otherwise : value;
  }

  private static String text(@Nullable InetAddress address) {
    return address == null ? "not in the files" : Addresses.text(address);
  }

  private static String text(@Nullable Long number) {
    return number == null ? "not in the files" : number.toString();
  }

  private static String prefixes(Collection<?> all) {
    if (all.isEmpty()) {
      return "not in the files";
    }
    String some =
        all.stream().limit(LISTED).map(Object::toString).collect(Collectors.joining(", "));
    return all.size() > LISTED ? some + " and %d more".formatted(all.size() - LISTED) : some;
  }
}
