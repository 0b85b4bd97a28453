package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** One end of a cable of two {@link MemoryWire}s in the place of a socket. */
public final class MemoryWan implements Wan {
  private record Nowhere() implements Destination {
    @Override
    public void address(InetSocketAddress local, InetSocketAddress remote) {}
  }

  public final MemoryWire in;
  public final MemoryWire out;
  private final Kind kind;
  private final InetSocketAddress local;
  private InetSocketAddress peer;
  private long peerLow;
  private boolean segmentation = true;
  private String segmentationReason = "";

  /** What the next sends answer instead of being done: 0 for nothing, or an errno. */
  public int refuse;

  /** Refuse runs of datagrams only. */
  public boolean refuseRunsOnly;

  public MemoryWan(
      MemoryWire in, MemoryWire out, Kind kind, InetSocketAddress local, InetSocketAddress peer) {
    this.in = in;
    this.out = out;
    this.kind = kind;
    this.local = local;
    peer(peer);
  }

  /** Whom datagrams seem to come from. */
  public void peer(InetSocketAddress from) {
    peer = from;
    byte[] address = from.getAddress().getAddress();
    peerLow = 0xFFFFL << 32;
    for (int i = 0; i < 4; i++) {
      peerLow |= (address[i] & 0xFFL) << (24 - 8 * i);
    }
  }

  public String segmentationReason() {
    return segmentationReason;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public int receive(MemorySegment buffer, long offset, int length) {
    return in.size() == 0 ? -Errno.EAGAIN : in.take(buffer, offset);
  }

  @Override
  public int segmentSize() {
    return in.lastSegmentSize();
  }

  @Override
  public int tos() {
    return in.lastTos();
  }

  @Override
  public long peerHigh() {
    return 0;
  }

  @Override
  public long peerLow() {
    return peerLow;
  }

  @Override
  public int peerPort() {
    return peer.getPort();
  }

  @Override
  public InetSocketAddress peer() {
    return peer;
  }

  @Override
  public InetSocketAddress local() {
    return local;
  }

  @Override
  public Destination newDestination() {
    return new Nowhere();
  }

  @Override
  public boolean segmentation() {
    return segmentation;
  }

  @Override
  public void disableSegmentation(String reason) {
    segmentation = false;
    segmentationReason = reason;
  }

  @Override
  public int send(
      MemorySegment buffer,
      long offset,
      int length,
      int segmentSize,
      int tos,
      Destination destination) {
    if (refuse != 0 && (segmentSize > 0 || !refuseRunsOnly)) {
      return -refuse;
    }
    if (out.isFull()) {
      return -Errno.EAGAIN;
    }
    out.put(buffer, offset, length, segmentSize, tos);
    return length;
  }

  /** An address of the documentation's range. */
  public static InetSocketAddress address(int host, int port) {
    try {
      byte[] bytes = {(byte) 192, 0, 2, (byte) host};
      return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
