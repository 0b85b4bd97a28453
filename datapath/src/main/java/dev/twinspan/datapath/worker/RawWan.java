package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.RawSocket;
import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** A raw socket of protocol 50: one ESP packet a call, the kernel segments nothing here. */
public final class RawWan extends SocketWan {
  private final RawSocket socket;

  public RawWan(RawSocket socket, InetSocketAddress localAddress) {
    super(localAddress, Kind.RAW_ESP);
    this.socket = socket;
  }

  @Override
  public int receive(MemorySegment buffer, long offset, int length) {
    return socket.receive(buffer, offset, length, received);
  }

  @Override
  public boolean segmentation() {
    return false;
  }

  @Override
  public void disableSegmentation(String reason) {}

  @Override
  public int send(
      MemorySegment buffer,
      long offset,
      int length,
      int segmentSize,
      int tos,
      Destination destination) {
    Message message = ((MessageDestination) destination).message();
    message.segmentSize(segmentSize);
    message.tos(tos);
    return socket.send(buffer, offset, length, message);
  }
}
