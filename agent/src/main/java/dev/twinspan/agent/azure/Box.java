package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this box will do, decided from what Azure expects, the operator's options, and the
 * configuration that is there already.
 *
 * @param site null: none
 * @param publicAddress null: not known
 * @param wanAddress null: the kernel chooses
 * @param localId what this box calls itself when Azure knows it by a host name; null: its address
 * @param asn null: no BGP
 */
record Box(
    String deviceId,
    @Nullable String site,
    @Nullable InetAddress publicAddress,
    @Nullable InetAddress wanAddress,
    @Nullable String localId,
    List<Prefix> lan,
    @Nullable Long asn,
    @Nullable InetAddress routerAddress,
    List<Tunnels> connections) {
  Box {
    lan = List.copyOf(lan);
    connections = List.copyOf(connections);
  }

  /**
   * One connection, here.
   *
   * @param mode as the file writes it
   * @param policyName {@code azure-strong}, {@code azure-default} or {@code custom}
   * @param connectionMode the counterpart of Azure's
   * @param dpdSeconds Azure's, or its default
   * @param localBgpAddress what its sessions are spoken from; null: {@link Box#routerAddress}
   * @param secretFile as the configuration writes it; null: certificates
   */
  record Tunnels(
      AzureConnection azure,
      String mode,
      boolean bgp,
      List<Prefix> staticPrefixes,
      String policyName,
      String connectionMode,
      int dpdSeconds,
      List<SelectorPair> selectors,
      @Nullable InetAddress localBgpAddress,
      @Nullable String secretFile) {
    Tunnels {
      staticPrefixes = List.copyOf(staticPrefixes);
      selectors = List.copyOf(selectors);
    }

    String name() {
      return azure.name();
    }
  }
}
