package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.PathAttributes;
import java.net.InetAddress;

/**
 * One way to a prefix.
 *
 * @param nextHop as announced; traffic goes by the peer's tunnel whatever it says
 */
record Path(BgpPeer peer, PathAttributes attributes, InetAddress nextHop) {}
