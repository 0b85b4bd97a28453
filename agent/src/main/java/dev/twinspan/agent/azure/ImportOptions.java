package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator says beside the files; it wins over them.
 *
 * @param only names of connections, sites, links or local network gateways; empty: all
 * @param publicAddress what Azure sees of this box
 * @param wanAddress what the sockets are bound to
 * @param lan what lies behind this box
 * @param azurePrefixes what lies behind the gateway
 * @param routerAddress this box's BGP address
 * @param policy {@code azure-strong} or {@code azure-default} instead of the files' policy
 */
public record ImportOptions(
    List<String> only,
    @Nullable String deviceId,
    @Nullable String site,
    @Nullable InetAddress publicAddress,
    @Nullable InetAddress wanAddress,
    List<Prefix> lan,
    List<Prefix> azurePrefixes,
    @Nullable Long asn,
    @Nullable InetAddress routerAddress,
    @Nullable String policy) {
  public ImportOptions {
    only = List.copyOf(only);
    lan = List.copyOf(lan);
    azurePrefixes = List.copyOf(azurePrefixes);
  }

  public static final ImportOptions NONE =
      new ImportOptions(List.of(), null, null, null, null, List.of(), List.of(), null, null, null);
}
