package dev.twinspan.agent.ike.message;

import java.net.InetAddress;

/**
 * One traffic selector (RFC 7296 section 3.13.1): an address range, a port range, a protocol.
 *
 * @param protocol IP protocol, 0 for any
 * @param startPort 0 to 65535
 * @param first lowest address, inclusive; both of one family
 * @param last highest address, inclusive
 */
public record TrafficSelector(
    int protocol, int startPort, int endPort, InetAddress first, InetAddress last) {}
