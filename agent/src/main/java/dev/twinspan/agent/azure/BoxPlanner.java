package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzureInstance;
import dev.twinspan.agent.azure.AzureConnection.AzurePolicy;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides what this box will do: the operator's word first, then Azure's, then what is there. */
final class BoxPlanner {
  static final int DEFAULT_DPD = 45;
  static final String STRONG = "azure-strong";
  static final String DEFAULT = "azure-default";
  static final String CUSTOM = "custom";

  private final ImportOptions options;
  private final Existing existing;
  private final Findings findings;

  private BoxPlanner(ImportOptions options, Existing existing, Findings findings) {
    this.options = options;
    this.existing = existing;
    this.findings = findings;
  }

  static Box plan(
      List<AzureConnection> all, ImportOptions options, Existing existing, Findings findings) {
    return new BoxPlanner(options, existing, findings).plan(all);
  }

  private Box plan(List<AzureConnection> all) {
    InetAddress router = routerAddress(all);
    List<Prefix> lan = lan(all, router);
    String branch = first(all, one -> one.names().branch());
    String id = options.deviceId() == null ? existing.deviceId() : options.deviceId();
    String site = options.site() == null ? existing.site() : options.site();
    boolean wan = all.stream().anyMatch(one -> one.kind() == Kind.VIRTUAL_WAN);
    InetAddress address = first(all, one -> one.branch().address());
    return new Box(
        id == null ? Slugs.of(branch == null ? "branch" : branch, 64) : id,
        site == null && wan && branch != null ? Slugs.of(branch, 64) : site,
        options.publicAddress() != null
            ? options.publicAddress()
            : address == null ? existing.publicAddress() : address,
        options.wanAddress() == null ? existing.wanAddress() : options.wanAddress(),
        address == null ? first(all, one -> one.branch().fqdn()) : null,
        lan,
        asn(all),
        router,
        all.stream().map(one -> tunnels(one, lan, router)).toList());
  }

  private @Nullable InetAddress routerAddress(List<AzureConnection> all) {
    if (options.routerAddress() != null) {
      return options.routerAddress();
    }
    Set<InetAddress> told = new LinkedHashSet<>();
    all.stream()
        .filter(one -> one.terms().bgp())
        .map(one -> one.branch().bgpAddress())
        .filter(Objects::nonNull)
        .forEach(told::add);
    if (told.size() > 1) {
      findings.note(
          "several-bgp-addresses",
          "",
          "Azure knows this box by %d BGP addresses; each session is spoken from its own, and the first"
                  .formatted(told.size())
              + " is bgp.router-address",
          "in Azure: one loopback address in every local network gateway of this box is simpler");
    }
    return told.isEmpty() ? existing.routerAddress() : told.iterator().next();
  }

  private @Nullable Long asn(List<AzureConnection> all) {
    if (options.asn() != null) {
      return options.asn();
    }
    Set<Long> told = new LinkedHashSet<>();
    all.stream()
        .map(AzureConnection::branch)
        .map(Branch::asn)
        .filter(Objects::nonNull)
        .forEach(told::add);
    if (told.size() > 1) {
      findings.refused(
          "several-asns",
          "",
          "Azure knows this box by the ASNs %s, and a box has one".formatted(told),
          "in Azure: the same ASN in every local network gateway of this box; or here: --asn");
    }
    return told.isEmpty() ? existing.asn() : told.iterator().next();
  }

  /** Azure's address space of this box, less the host route older instructions put there. */
  private List<Prefix> lan(List<AzureConnection> all, @Nullable InetAddress router) {
    if (!options.lan().isEmpty()) {
      return options.lan();
    }
    Set<Prefix> told = new LinkedHashSet<>();
    all.forEach(one -> told.addAll(one.branch().prefixes()));
    for (AzureConnection one : all) {
      for (Prefix prefix : one.branch().prefixes()) {
        int bits = prefix.isIpv6() ? 128 : 32;
        if (router != null && prefix.length() == bits && prefix.address().equals(router)) {
          told.remove(prefix);
          findings.note(
              "host-route",
              one.name(),
              "%s in its address space is this box's own BGP address, for which Azure adds a route by"
                      .formatted(prefix)
                  + " itself; left out of lan.prefixes",
              "in Azure: take %s out of the local network gateway's address space"
                  .formatted(prefix));
        }
      }
    }
    return told.isEmpty() ? existing.lan() : List.copyOf(told);
  }

  private Tunnels tunnels(AzureConnection azure, List<Prefix> lan, @Nullable InetAddress router) {
    InetAddress own = azure.terms().bgp() ? azure.branch().bgpAddress() : null;
    Integer dpd = azure.terms().dpdSeconds();
    return new Tunnels(
        azure,
        mode(azure),
        azure.terms().bgp(),
        azure.terms().bgp() ? List.of() : staticPrefixes(azure, lan),
        policyName(azure),
        switch (azure.terms().mode()) {
          case "InitiatorOnly" -> "ResponderOnly";
          case "ResponderOnly" -> "InitiatorOnly";
          default -> "Default";
        },
        dpd == null ? existing.dpd(azure.name(), DEFAULT_DPD) : dpd,
        azure.terms().selectors(),
        options.routerAddress() == null && own != null && !own.equals(router) ? own : null,
        azure.terms().certificate() ? null : existing.secretFile(azure.name()));
  }

  private String mode(AzureConnection azure) {
    if (azure.gateway().instances().size() > 1) {
      boolean kept = "active-standby".equals(existing.mode(azure.name()));
      return kept ? "active-standby" : "active-active";
    }
    boolean standby = Boolean.FALSE.equals(azure.gateway().activeActive());
    return standby ? "active-standby" : "single-tunnel";
  }

  private String policyName(AzureConnection azure) {
    if (options.policy() != null) {
      return options.policy();
    }
    AzurePolicy policy = azure.terms().policy();
    if (policy != null) {
      return policy.equals(AzurePolicy.STRONG) ? STRONG : CUSTOM;
    }
    String now = existing.policy(azure.name());
    return azure.terms().policyTold() || now == null ? DEFAULT : now;
  }

  private List<Prefix> staticPrefixes(AzureConnection azure, List<Prefix> lan) {
    Set<Prefix> all = new LinkedHashSet<>(options.azurePrefixes());
    if (all.isEmpty()) {
      all.addAll(azure.gateway().prefixes());
      azure.terms().selectors().forEach(pair -> all.add(pair.remote()));
    }
    List<Prefix> usable = new ArrayList<>();
    for (Prefix prefix : all) {
      if (lan.contains(prefix)) {
        findings.warning(
            "prefix-on-both-sides",
            azure.name(),
            "%s lies behind this box and, as Azure has it, behind the gateway too; left out of"
                    .formatted(prefix)
                + " static-prefixes",
            "in Azure: one of the two, the VNet's or the branch's address space, must change");
      } else if (holdsAnInstance(prefix, azure)) {
        findings.note(
            "gateway-inside",
            azure.name(),
            "%s holds the gateway's own address, to which the tunnel itself goes; left out of"
                    .formatted(prefix)
                + " static-prefixes",
            "");
      } else {
        usable.add(prefix);
      }
    }
    return usable.isEmpty() ? existing.staticPrefixes(azure.name()) : usable;
  }

  private static boolean holdsAnInstance(Prefix prefix, AzureConnection azure) {
    return azure.gateway().instances().stream()
        .map(AzureInstance::address)
        .anyMatch(prefix::contains);
  }

  private static <T> @Nullable T first(
      List<AzureConnection> all, Function<AzureConnection, @Nullable T> value) {
    return all.stream().map(value).filter(Objects::nonNull).findFirst().orElse(null);
  }
}
