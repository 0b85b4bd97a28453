package dev.twinspan.datapath.worker;

import java.net.InetSocketAddress;

/** What a socket is that has one other end, in this process, at its own address. */
public abstract class WanInMemory implements Wan {
  private record Nowhere() implements Destination {
    @Override
    public void address(InetSocketAddress local, InetSocketAddress remote) {
      // There is one other end.
    }
  }

  private final InetSocketAddress address;

  protected WanInMemory(InetSocketAddress address) {
    this.address = address;
  }

  @Override
  public final Kind kind() {
    return Kind.ESP_IN_UDP;
  }

  @Override
  public final InetSocketAddress localAddress() {
    return address;
  }

  @Override
  public final InetSocketAddress peer() {
    return address;
  }

  @Override
  public final InetSocketAddress local() {
    return address;
  }

  @Override
  public final int tos() {
    return 0;
  }

  @Override
  public final long peerHigh() {
    return 0;
  }

  @Override
  public final long peerLow() {
    return 1;
  }

  @Override
  public final int peerPort() {
    return address.getPort();
  }

  @Override
  public final Destination newDestination() {
    return new Nowhere();
  }

  @Override
  public final boolean segmentation() {
    return true;
  }

  @Override
  public final void disableSegmentation(String reason) {
    throw new IllegalStateException(reason);
  }
}
