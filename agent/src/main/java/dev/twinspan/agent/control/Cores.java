package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.tunnel.TunnelSet;
import java.security.SecureRandom;

/**
 * The sans-I/O cores that the control loop runs.
 *
 * @param bgp speaks with Azure
 * @param site speaks on the LAN
 */
record Cores(IkeEngine ike, BgpEngine bgp, BgpEngine site, TunnelSet tunnels) {
  static Cores with(IkeEngine ike) {
    return new Cores(
        ike, new BgpEngine(new SecureRandom()), new BgpEngine(new SecureRandom()), new TunnelSet());
  }
}
