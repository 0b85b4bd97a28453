package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.net.InetSocketAddress;

/** A destination encoded in a socket message, its source pinned where the tunnel names one. */
final class MessageDestination implements Wan.Destination {
  // Two, because a message once pinned stays so.
  private final Message free = new Message();
  private final Message pinned = new Message();
  private Message current = free;

  @Override
  public void address(InetSocketAddress local, InetSocketAddress remote) {
    if (local.getAddress().isAnyLocalAddress()) {
      current = free;
    } else {
      current = pinned;
      current.local(local);
    }
    current.peer(remote);
  }

  Message message() {
    return current;
  }
}
