package dev.twinspan.datapath.forward;

import java.net.InetAddress;

/**
 * A prefix and the group that carries it. Routes of equal groups share one {@link EcmpGroup}
 * object.
 */
public record Route(InetAddress prefix, int length, EcmpGroup group) {}
