package dev.twinspan.datapath;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The packet engine: a TUN towards the LAN, ESP towards the WAN. One control thread drives it. */
public final class Datapath implements AutoCloseable {
  /**
   * Opens the TUN and the sockets and starts the loops, with {@link Snapshot#EMPTY}.
   *
   * @param ikeReady called by a worker when {@link #pollIke} has something after having been empty;
   *     must not block: wake the control loop there
   * @throws dev.twinspan.ffi.linux.KernelException naming the device or address that was refused
   */
  public static Datapath open(DatapathConfig config, Runnable ikeReady) {
    throw new UnsupportedOperationException("" + config + ikeReady);
  }

  /** The kernel's name and index of the TUN, for addresses and routes. */
  public String interfaceName() {
    throw new UnsupportedOperationException();
  }

  public int interfaceIndex() {
    throw new UnsupportedOperationException();
  }

  /**
   * Replaces what the workers go by: one release store, taken up between two batches. SAs of the
   * last snapshot that are not in this one are closed by their workers, keys zeroed. Control
   * thread.
   *
   * @throws IllegalArgumentException when two inbound SAs share an SPI, a tunnel is not at the
   *     index of its id, a route has host bits set, or an SA was retired before
   */
  public void publish(Snapshot snapshot) {
    throw new UnsupportedOperationException("" + snapshot);
  }

  public Counters counters() {
    throw new UnsupportedOperationException();
  }

  /** Each offload, whether it is in use, and why not. */
  public List<Offload> offloads() {
    throw new UnsupportedOperationException();
  }

  /** The next IKE datagram, or null. Control thread. */
  public @Nullable IkeDatagram pollIke() {
    throw new UnsupportedOperationException();
  }

  /**
   * Sends one IKE message; on an {@link DatapathConfig.Kind#ESP_IN_UDP} endpoint the non-ESP marker
   * is put in front. Control thread.
   *
   * @param local as in {@link IkeDatagram#local}: names the endpoint by its port and address
   * @return 0, or the errno of the kernel's refusal
   * @throws IllegalArgumentException when no endpoint is bound there
   */
  public int sendIke(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
    throw new UnsupportedOperationException("" + local + remote + message.length);
  }

  /** Sends a NAT keepalive, one byte 0xFF (RFC 3948 section 2.3); as {@link #sendIke}. */
  public int sendKeepalive(InetSocketAddress local, InetSocketAddress remote) {
    throw new UnsupportedOperationException("" + local + remote);
  }

  /** Stops the loops, closes SAs, sockets and the TUN. Blocks until all keys are zeroed. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
