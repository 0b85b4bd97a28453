package dev.twinspan.datapath;

import java.net.InetSocketAddress;

/**
 * One IKE message as it came, without the non-ESP marker.
 *
 * @param local the address and port it came to: reply from there
 * @param remote who sent it
 */
public record IkeDatagram(
    InetSocketAddress local, InetSocketAddress remote, byte[] message, long receivedNanos) {}
