package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.UdpSocket;
import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.lang.foreign.MemorySegment;

/** A UDP socket. */
public final class UdpWan extends SocketWan {
  private final UdpSocket socket;

  public UdpWan(UdpSocket socket, Kind kind) {
    super(socket.localAddress(), kind);
    this.socket = socket;
  }

  @Override
  public int receive(MemorySegment buffer, long offset, int length) {
    return socket.receive(buffer, offset, length, received);
  }

  @Override
  public boolean segmentation() {
    return socket.segmentation();
  }

  @Override
  public void disableSegmentation(String reason) {
    socket.disableSegmentation(reason);
  }

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
