package dev.twinspan.datapath;

import java.net.InetAddress;

/**
 * One negotiated traffic selector of one side (RFC 7296 section 3.13.1).
 *
 * @param protocol IP protocol; 0: any
 * @param startPort lowest port; for ICMP and ICMPv6 type × 256 + code
 * @param endPort highest port, inclusive
 * @param first lowest address
 * @param last highest address, inclusive; of the same family
 */
public record Selector(
    int protocol, int startPort, int endPort, InetAddress first, InetAddress last) {}
