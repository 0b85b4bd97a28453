package dev.twinspan.agent.control;

import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.datapath.AwaitedSas;
import dev.twinspan.datapath.KnownIke;
import dev.twinspan.datapath.PacketEngine;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * What the datapath is told of IKE: whose datagrams are kept apart from a flood's, and which SAs
 * will be spoken of before they are there. Used by the control loop alone.
 */
final class IkeKnowledge {
  private final IkeEngine engine;
  private final PacketEngine datapath;
  private final TunnelTable table;
  private final Runnable wake;
  private long generation = -1;
  private Map<Integer, InetAddress> awaited = Map.of();
  private AwaitedSas sas = AwaitedSas.NONE;

  /**
   * @param wake called by the datapath's threads when one that is awaited was spoken of
   */
  IkeKnowledge(IkeEngine engine, PacketEngine datapath, TunnelTable table, Runnable wake) {
    this.engine = engine;
    this.datapath = datapath;
    this.table = table;
    this.wake = wake;
  }

  /** Peers may be others now. */
  void configured() {
    generation = -1;
  }

  /** The datapath keeps the datagrams of established IKE SAs and of peers apart from a flood's. */
  void tellWhoIsKnown() {
    long now = engine.spiGeneration();
    if (now != generation) {
      generation = now;
      Set<InetAddress> addresses = new LinkedHashSet<>();
      table.tunnels().forEach(tunnel -> addresses.add(tunnel.remote().getAddress()));
      datapath.known(KnownIke.of(engine.localSpis(), addresses));
    }
  }

  /** After a snapshot was published: what is awaited no more is then there. */
  void tellWhoIsAwaited() {
    Map<Integer, InetAddress> now = engine.awaited();
    if (now != awaited) {
      awaited = now;
      sas = AwaitedSas.of(now, wake);
      datapath.awaited(sas);
    }
  }

  /**
   * @param came told the SPI of each that was spoken of since
   */
  void takeCame(IntConsumer came) {
    sas.takeCame(came);
  }
}
