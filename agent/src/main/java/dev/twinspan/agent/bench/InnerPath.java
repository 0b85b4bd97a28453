package dev.twinspan.agent.bench;

import dev.twinspan.ffi.linux.NetworkNamespace;
import java.net.InetAddress;

/**
 * A way for packets from one machine (a network namespace) to another, through a tunnel or not.
 *
 * @param nearAddress that is sent from
 * @param farAddress that is sent to
 */
record InnerPath(
    NetworkNamespace near, InetAddress nearAddress, NetworkNamespace far, InetAddress farAddress) {}
