package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.config.SitePeers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What a running agent can take up, and what it cannot. */
final class Reload {
  private Reload() {}

  /** The settings that differ and are only read at start, by their names in the file. */
  static List<String> needsRestart(AgentConfig running, AgentConfig next) {
    List<String> fixed = new ArrayList<>();
    if (!running.device().equals(next.device())) {
      fixed.add("device");
    }
    if (!running.tunnelDevice().equals(next.tunnelDevice())) {
      fixed.add("tunnel-device");
    }
    if (!running.crypto().equals(next.crypto())) {
      fixed.add("crypto");
    }
    if (!running.status().equals(next.status())) {
      fixed.add("status");
    }
    if (!Endpoints.of(running).containsAll(Endpoints.of(next))) {
      fixed.add("wan.address, local-address or uplink");
    }
    if (!spokenFrom(running).isEmpty() && !spokenFrom(running).containsAll(spokenFrom(next))) {
      fixed.add("bgp.router-address or local-bgp-address");
    }
    if (!SitePeers.of(running).isEmpty()
        && !SitePeers.of(next).isEmpty()
        && !Objects.equals(running.site().lanAddress(), next.site().lanAddress())) {
      fixed.add("lan.address");
    }
    if (Endpoints.rawEsp(next) && !Endpoints.rawEsp(running)) {
      fixed.add("force-encapsulation: false (its socket for protocol 50)");
    }
    return fixed;
  }

  private static Set<InetAddress> spokenFrom(AgentConfig config) {
    return BgpPeers.of(config).stream().map(BgpPeer::local).collect(Collectors.toSet());
  }
}
