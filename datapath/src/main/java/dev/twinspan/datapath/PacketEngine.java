package dev.twinspan.datapath;

import dev.twinspan.datapath.capture.PacketTap;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What moves packets, as the control loop drives it: {@link Datapath}, or a simulated one. Control
 * thread alone.
 */
public interface PacketEngine {
  /**
   * Replaces what packets go by, between two batches. SAs of the last snapshot that are not in this
   * one are closed, keys zeroed.
   *
   * @return done when no packet goes by the last snapshot any more: what is sent after that cannot
   *     be overtaken by a packet of an SA that this snapshot does not send on
   * @throws IllegalArgumentException when two inbound SAs share an SPI, a tunnel is not at the
   *     index of its id or has no socket, a route has host bits set or comes twice, or an SA was
   *     retired before; the last snapshot then stays in force
   */
  CompletableFuture<Void> publish(Snapshot snapshot);

  /**
   * Copies packets there from now on; null: nowhere.
   *
   * @return done when nothing is written into any other tap any more
   */
  CompletableFuture<Void> tap(@Nullable PacketTap received, @Nullable PacketTap sent);

  Counters counters();

  /** How many loops share the packets. */
  default int loops() {
    return 1;
  }

  /**
   * Which of them receives a tunnel's ESP. What has an SPI of this residue modulo {@link #loops}
   * comes to it without a detour.
   */
  default int receivingLoop(int tunnel) {
    return 0;
  }

  /** Which of them sends by a tunnel. */
  default int sendingLoop(int tunnel) {
    return 0;
  }

  /** Each offload, whether it is in use, and why not. */
  List<Offload> offloads();

  /** Whose IKE datagrams go first from now on. */
  void known(KnownIke known);

  /** Whose ESP may come before its SA from now on. */
  void awaited(AwaitedSas awaited);

  /** The next IKE datagram, or null. */
  @Nullable IkeDatagram pollIke();

  /**
   * Sends one IKE message; on an {@link DatapathConfig.Kind#ESP_IN_UDP} endpoint the non-ESP marker
   * is put in front.
   *
   * @param local as in {@link IkeDatagram#local}: names the endpoint by its port and address; the
   *     wildcard leaves the address to the kernel
   * @return 0, or the errno of the kernel's refusal
   * @throws IllegalArgumentException when no endpoint is bound there
   */
  int sendIke(InetSocketAddress local, InetSocketAddress remote, byte[] message);

  /** Sends a NAT keepalive, one byte 0xFF (RFC 3948 section 2.3); as {@link #sendIke}. */
  int sendKeepalive(InetSocketAddress local, InetSocketAddress remote);

  /**
   * Sends an ICMP echo inside a tunnel, whatever the routes say, if the tunnel has an SA for it.
   *
   * @param number comes back with the answer
   */
  default void probe(int tunnel, InetAddress source, InetAddress target, int number) {}

  /** The next answer to a probe, or null; an engine that sends none has none. */
  default @Nullable ProbeAnswer pollProbe() {
    return null;
  }
}
