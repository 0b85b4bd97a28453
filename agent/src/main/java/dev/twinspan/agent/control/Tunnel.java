package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig.TunnelDevice;
import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.SaLimits;
import dev.twinspan.datapath.SaParameters;
import dev.twinspan.datapath.Selector;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.ffi.crypto.EspBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One tunnel's SAs and addresses. Owned by the control loop. */
final class Tunnel {
  /** Both directions of one CHILD SA, named by the inbound SPI. */
  static final class Pair {
    final InboundSa inbound;
    final OutboundSa outbound;

    /** The engine was told that this pair is used up; once is enough. */
    boolean exhaustionReported;

    /** Where its packets came from when that was looked at last. */
    @Nullable InetSocketAddress source;

    Pair(InboundSa inbound, OutboundSa outbound) {
      this.inbound = inbound;
      this.outbound = outbound;
    }

    /** Whether one of its directions has carried enough: bytes or packets. */
    boolean exhausted() {
      return inbound.softReached() || outbound.softReached();
    }
  }

  /** Of the sequence numbers without ESN: they run out for good. */
  private static final double SEQUENCE_SHARE = 0.8;

  private final int id;
  private final String name;
  private final Map<Integer, Pair> pairs = new LinkedHashMap<>();
  private @Nullable Pair sending;
  private List<Pair> beside = List.of();
  private InetSocketAddress local;
  private InetSocketAddress remote;

  /** ESP in UDP 4500, else protocol 50, which has no ports. */
  private boolean inUdp = true;

  Tunnel(int id, String name, InetAddress remote) {
    this.id = id;
    this.name = name;
    this.local = new InetSocketAddress(0);
    this.remote = new InetSocketAddress(remote, 0);
  }

  int id() {
    return id;
  }

  String name() {
    return name;
  }

  InetSocketAddress local() {
    return local;
  }

  InetSocketAddress remote() {
    return remote;
  }

  Collection<Pair> pairs() {
    return pairs.values();
  }

  @Nullable Pair pair(int inboundSpi) {
    return pairs.get(inboundSpi);
  }

  @Nullable Pair sending() {
    return sending;
  }

  /** Whether there is an SA to send on. */
  boolean keyed() {
    return sending != null;
  }

  /**
   * Opens both directions; zeroes the action's key material.
   *
   * @param exhausted called by a worker when one of them has carried enough
   */
  void install(InstallChild child, EspBackend backend, int replayWindow, Runnable exhausted) {
    long softPackets =
        child.esn() ? SaLimits.NEVER : (long) (OutboundSa.LAST_SEQUENCE * SEQUENCE_SHARE);
    SaLimits limits = new SaLimits(child.softBytes(), child.hardBytes(), softPackets, exhausted);
    List<Selector> localSelectors = selectors(child.localSelectors());
    List<Selector> remoteSelectors = selectors(child.remoteSelectors());
    try {
      InboundSa inbound =
          InboundSa.open(
              backend,
              new SaParameters(
                  id,
                  child.inboundSpi(),
                  child.transform(),
                  child.esn(),
                  localSelectors,
                  remoteSelectors,
                  limits),
              child.inboundKeys(),
              replayWindow);
      OutboundSa outbound =
          OutboundSa.open(
              backend,
              new SaParameters(
                  id,
                  child.outboundSpi(),
                  child.transform(),
                  child.esn(),
                  localSelectors,
                  remoteSelectors,
                  limits),
              child.outboundKeys());
      pairs.put(child.inboundSpi(), new Pair(inbound, outbound));
      inUdp = child.udpEncapsulated();
      moved(child.local(), child.remote());
    } finally {
      Arrays.fill(child.inboundKeys(), (byte) 0);
      Arrays.fill(child.outboundKeys(), (byte) 0);
    }
  }

  /**
   * Sends on this pair from now on, and on those beside what is outside its selectors; false when
   * there is no such pair.
   */
  boolean use(int inboundSpi, List<Integer> others) {
    Pair pair = pairs.get(inboundSpi);
    if (pair == null) {
      return false;
    }
    sending = pair;
    beside = others.stream().map(pairs::get).filter(Objects::nonNull).toList();
    return true;
  }

  /** Whether something leaves by that pair. */
  boolean sendsOn(Pair pair) {
    return pair == sending || sending != null && beside.contains(pair);
  }

  /** Forgets the pair; the datapath zeroes its keys when the next snapshot is without it. */
  void remove(int inboundSpi) {
    Pair gone = pairs.remove(inboundSpi);
    if (gone != null && gone == sending) {
      sending = null;
    }
    beside = beside.stream().filter(pair -> pair != gone).toList();
  }

  void moved(InetSocketAddress newLocal, InetSocketAddress newRemote) {
    local = newLocal;
    remote = newRemote;
  }

  /**
   * @param rawEsp whether there is a socket for protocol 50; without one a peer that speaks no NAT
   *     traversal is sent UDP all the same, which it may drop, but no packet goes elsewhere
   */
  TunnelPath path(TunnelDevice device, boolean rawEsp) {
    Pair pair = sending;
    return new TunnelPath(
        id,
        name,
        end(local, rawEsp),
        end(remote, rawEsp),
        pair == null ? null : pair.outbound,
        beside.stream().map(other -> other.outbound).toList(),
        device.mtu(),
        device.mss());
  }

  /** Protocol 50 has no ports. */
  private InetSocketAddress end(InetSocketAddress ike, boolean rawEsp) {
    if (inUdp) {
      return ike;
    }
    return new InetSocketAddress(ike.getAddress(), rawEsp ? 0 : Endpoints.NAT_PORT);
  }

  private static List<Selector> selectors(List<TrafficSelector> negotiated) {
    return negotiated.stream()
        .map(s -> new Selector(s.protocol(), s.startPort(), s.endPort(), s.first(), s.last()))
        .toList();
  }
}
