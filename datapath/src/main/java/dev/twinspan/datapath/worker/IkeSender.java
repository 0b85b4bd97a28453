package dev.twinspan.datapath.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** Sends IKE messages and NAT keepalives by one socket, from the control thread, at once. */
public final class IkeSender {
  private static final int MAX_LENGTH = 65507;
  private static final int NON_ESP_MARKER = 4;

  private final Wan wan;
  private final Wan.Destination destination;
  private final MemorySegment buffer = Arena.global().allocate(MAX_LENGTH);

  public IkeSender(Wan wan) {
    this.wan = wan;
    destination = wan.newDestination();
  }

  public Wan wan() {
    return wan;
  }

  /** With the non-ESP marker where ESP shares the port (RFC 3948 section 2.2). 0 or errno. */
  public int message(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
    int marker = wan.kind() == Wan.Kind.ESP_IN_UDP ? NON_ESP_MARKER : 0;
    if (message.length > MAX_LENGTH - marker) {
      throw new IllegalArgumentException("IKE message of " + message.length + " bytes");
    }
    buffer.asSlice(0, NON_ESP_MARKER).fill((byte) 0);
    MemorySegment.copy(MemorySegment.ofArray(message), 0, buffer, marker, message.length);
    return send(local, remote, marker + message.length);
  }

  /** One byte 0xFF (RFC 3948 section 2.3). 0 or errno. */
  public int keepalive(InetSocketAddress local, InetSocketAddress remote) {
    buffer.asSlice(0, 1).fill((byte) 0xFF);
    return send(local, remote, 1);
  }

  private int send(InetSocketAddress local, InetSocketAddress remote, int length) {
    destination.address(local, remote);
    int result = wan.send(buffer, 0, length, 0, 0, destination);
    return result < 0 ? -result : 0;
  }
}
