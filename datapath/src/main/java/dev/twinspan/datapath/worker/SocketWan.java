package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.net.InetSocketAddress;

/** What UDP and raw sockets have in common: the message of the last receive. */
abstract class SocketWan implements Wan {
  final Message received = new Message();
  private final InetSocketAddress localAddress;
  private final Kind kind;

  SocketWan(InetSocketAddress localAddress, Kind kind) {
    this.localAddress = localAddress;
    this.kind = kind;
  }

  @Override
  public final Kind kind() {
    return kind;
  }

  @Override
  public final InetSocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public final int segmentSize() {
    return received.segmentSize();
  }

  @Override
  public final int tos() {
    return received.tos();
  }

  @Override
  public final long peerHigh() {
    return received.peerHigh();
  }

  @Override
  public final long peerLow() {
    return received.peerLow();
  }

  @Override
  public final int peerPort() {
    return received.peerPort();
  }

  @Override
  public final InetSocketAddress peer() {
    return received.peer();
  }

  @Override
  public final InetSocketAddress local() {
    return received.local();
  }

  @Override
  public final Destination newDestination() {
    return new MessageDestination();
  }
}
