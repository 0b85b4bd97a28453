package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.AzureConnection.AzurePolicy;
import dev.twinspan.agent.azure.AzureConnection.Branch;
import dev.twinspan.agent.azure.AzureConnection.Kind;
import dev.twinspan.agent.azure.AzureConnection.Names;
import dev.twinspan.agent.azure.Box.Tunnels;
import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The reverse of the import: {@code az} commands that make Azure's side match this box. A name that
 * is not in the files, or is none Azure would take, stands as a shell variable to be set.
 */
final class AzCommands {
  private static final String PLAIN = "[A-Za-z0-9_][A-Za-z0-9_.:/-]*";

  private final Box box;
  private final Tunnels tunnels;
  private final AzureConnection azure;
  private final String group;
  private final String connection;
  private final List<AzCommand> commands = new ArrayList<>();

  private AzCommands(Box box, Tunnels tunnels) {
    this.box = box;
    this.tunnels = tunnels;
    azure = tunnels.azure();
    Names names = azure.names();
    group = name(names.group(), "GROUP");
    connection = name(names.connection(), "CONNECTION");
  }

  static List<AzCommand> of(Box box, Tunnels tunnels) {
    AzCommands all = new AzCommands(box, tunnels);
    if (all.azure.kind() == Kind.VPN_GATEWAY) {
      all.gateway();
    } else {
      all.hub();
    }
    return List.copyOf(all.commands);
  }

  private void gateway() {
    String local = name(azure.names().branch(), "LOCAL_GATEWAY");
    String there = azure.names().branch() == null ? "create" : "update";
    add(
        "what Azure knows of this box",
        differs(),
        "az network local-gateway %s -g %s -n %s".formatted(there, group, local)
            + branch("--gateway-ip-address", "--local-address-prefixes"));
    String policy = "az network vpn-connection ipsec-policy";
    String which = " -g %s --connection-name %s".formatted(group, connection);
    policy(policy + " clear" + which, policy + " add" + which, "--sa-max-size");
    add(
        "BGP and selectors",
        false,
        "az network vpn-connection update -g %s -n %s --enable-bgp %s --use-policy-based-traffic-selectors %s"
            .formatted(group, connection, tunnels.bgp(), !tunnels.selectors().isEmpty()));
    if (tunnels.secretFile() != null) {
      add(
          "the shared key, from this box's file",
          false,
          "az network vpn-connection shared-key update -g %s --connection-name %s --value %s"
              .formatted(group, connection, fromFile(tunnels.secretFile())));
    }
    if (Boolean.FALSE.equals(azure.gateway().activeActive())
        && !"Basic".equalsIgnoreCase(azure.gateway().sku())) {
      String gateway = name(azure.names().gateway(), "GATEWAY");
      add(
          "a second instance, so that one may fail: its public address …",
          false,
          "az network public-ip create -g %s -n \"$SECOND_IP\" --sku Standard --allocation-method Static"
              .formatted(group));
      add(
          "… and active-active (takes half an hour; then get the files again and import)",
          false,
          "az network vnet-gateway update -g %s -n %s --public-ip-addresses \"$FIRST_IP\" \"$SECOND_IP\""
              .formatted(group, gateway));
    }
  }

  private void hub() {
    add(
        "what Azure knows of this box",
        differs(),
        "az network vpn-site update -g %s -n %s"
                .formatted(group, name(azure.names().branch(), "SITE"))
            + branch("--ip-address", "--address-prefixes"));
    String policy = "az network vpn-gateway connection ipsec-policy";
    String which =
        " -g %s --gateway-name %s --connection-name %s"
            .formatted(group, name(azure.names().gateway(), "GATEWAY"), connection);
    policy(policy + " remove" + which + " --index 1", policy + " add" + which, "--sa-data-size");
    if (tunnels.secretFile() != null) {
      add(
          "the shared key, from this box's file, and BGP",
          false,
          "az network vpn-gateway connection update -g %s --gateway-name %s -n %s --set 'vpnLinkConnections[0].enableBgp=%s' 'vpnLinkConnections[0].sharedKey='%s"
              .formatted(
                  group,
                  name(azure.names().gateway(), "GATEWAY"),
                  connection,
                  tunnels.bgp(),
                  fromFile(tunnels.secretFile())));
    }
  }

  private void policy(String clear, String add, String sizeOption) {
    AzurePolicy there = azure.terms().policy();
    boolean strong = tunnels.policyName().equals(BoxPlanner.STRONG);
    boolean needed = strong && !AzurePolicy.STRONG.equals(there);
    AzurePolicy wanted = strong || there == null ? AzurePolicy.STRONG : there;
    if (needed && there != null) {
      add("the custom policy is replaced (the tunnel restarts) …", true, clear);
    }
    add(
        needed
            ? "the custom policy this box offers; the tunnel restarts"
            : there == null
                ? "advice: a custom policy instead of the default one, then import again with --policy"
                    + " azure-strong; the tunnel restarts"
                : "the custom policy, as it is there",
        needed,
        add + policyOptions(wanted, sizeOption));
  }

  private static String policyOptions(AzurePolicy policy, String sizeOption) {
    return " --ike-encryption %s --ike-integrity %s --dh-group %s --ipsec-encryption %s --ipsec-integrity %s --pfs-group %s --sa-lifetime %d %s %d"
        .formatted(
            quoted(policy.ikeEncryption()),
            quoted(policy.ikeIntegrity()),
            quoted(policy.dhGroup()),
            quoted(policy.ipsecEncryption()),
            quoted(policy.ipsecIntegrity()),
            quoted(policy.pfsGroup()),
            Objects.requireNonNullElse(policy.saLifeTimeSeconds(), 27_000L),
            sizeOption,
            Objects.requireNonNullElse(policy.saDataSizeKilobytes(), 102_400_000L));
  }

  private String branch(String addressOption, String prefixesOption) {
    StringBuilder options = new StringBuilder();
    if (box.publicAddress() != null) {
      options.append(' ').append(addressOption).append(' ');
      options.append(Addresses.text(box.publicAddress()));
    }
    if (!box.lan().isEmpty()) {
      options.append(' ').append(prefixesOption).append(' ');
      options.append(box.lan().stream().map(Prefix::toString).collect(Collectors.joining(" ")));
    }
    if (tunnels.bgp() && box.asn() != null && box.routerAddress() != null) {
      options.append(" --asn ").append(box.asn());
      options
          .append(" --bgp-peering-address ")
          .append(Addresses.text(bgpAddress(box.routerAddress())));
    }
    return options.toString();
  }

  /** Whether Azure knows this box otherwise; prefixes a download does not tell do not count. */
  private boolean differs() {
    Branch branch = azure.branch();
    boolean prefixes =
        (azure.kind() == Kind.VPN_GATEWAY || !branch.prefixes().isEmpty())
            && !new HashSet<>(branch.prefixes()).equals(new HashSet<>(box.lan()));
    return prefixes
        || box.publicAddress() != null && !box.publicAddress().equals(branch.address())
        || tunnels.bgp()
            && (!Objects.equals(box.asn(), branch.asn())
                || (box.routerAddress() != null
                    && !bgpAddress(box.routerAddress()).equals(branch.bgpAddress())));
  }

  private InetAddress bgpAddress(InetAddress router) {
    return tunnels.localBgpAddress() == null ? router : tunnels.localBgpAddress();
  }

  private void add(String why, boolean needed, String line) {
    commands.add(new AzCommand(why, needed, line));
  }

  private static String fromFile(String path) {
    return "\"$(cat " + quoted(path) + ")\"";
  }

  private static String name(@Nullable String name, String variable) {
    return name != null && name.matches("[A-Za-z0-9_(][A-Za-z0-9_.()-]{0,89}")
        ? quoted(name)
        : "\"$" + variable + "\"";
  }

  private static String quoted(String word) {
    return word.matches(PLAIN) ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
