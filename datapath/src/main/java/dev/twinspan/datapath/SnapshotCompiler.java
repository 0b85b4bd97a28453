package dev.twinspan.datapath;

import dev.twinspan.datapath.esp.SpiTable;
import dev.twinspan.datapath.forward.ForwardingTable;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.worker.Generation;
import dev.twinspan.datapath.worker.Wan;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Checks snapshots and makes generations of them; keeps what stays from one to the next. Control
 * thread.
 */
final class SnapshotCompiler {
  /** IPv4 hosts must take this much (RFC 791); a smaller tunnel would only be a mistake. */
  private static final int MIN_MTU = 576;

  private static final int MAX_MTU = 65535;

  /** Bucket tables hold tunnel ids as shorts, and each tunnel has its buffers. */
  private static final int MAX_TUNNELS = 1024;

  private final IntFunction<List<Wan>> wans;
  private final Runnable begins;
  private final List<TunnelCounters> counters = new CopyOnWriteArrayList<>();
  private ForwardingTable routes = ForwardingTable.EMPTY;
  private Snapshot last = Snapshot.EMPTY;

  SnapshotCompiler(List<Wan> wans) {
    this(_ -> wans, () -> {});
  }

  /**
   * @param wans the sockets a tunnel may send by, by its id, the preferred first
   * @param begins as {@link TunnelCounters}'
   */
  SnapshotCompiler(IntFunction<List<Wan>> wans, Runnable begins) {
    this.wans = wans;
    this.begins = begins;
  }

  /** Every tunnel that ever was, index = id; live. */
  List<TunnelCounters> counters() {
    return Collections.unmodifiableList(counters);
  }

  /** What the workers close once they have taken up the generation. */
  record Retired(List<InboundSa> inbound, List<OutboundSa> outbound) {}

  record Compiled(Generation generation, Retired retired) {}

  /**
   * @throws IllegalArgumentException as {@link Datapath#publish}; then nothing has changed
   */
  Compiled compile(Snapshot next) {
    if (next.tunnels().size() > MAX_TUNNELS) {
      throw new IllegalArgumentException(next.tunnels().size() + " tunnels, at most 1024 expected");
    }
    Set<OutboundSa> sending = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Wan> paths = new ArrayList<>(next.tunnels().size());
    for (int id = 0; id < next.tunnels().size(); id++) {
      TunnelPath path = next.tunnels().get(id);
      checkPath(id, path, sending);
      // Nothing leaves by a tunnel without an SA, and its addresses are not known yet.
      paths.add(path.outbound() == null ? wans.apply(id).getFirst() : wan(path));
    }
    for (InboundSa sa : next.inbound()) {
      if (sa.life() == SaLife.RETIRED) {
        throw new IllegalArgumentException("SA " + sa + " was taken out before, or discarded");
      }
      if (sa.tunnel() < 0 || sa.tunnel() >= next.tunnels().size()) {
        throw new IllegalArgumentException("SA " + sa + " is of a tunnel that is not there");
      }
    }
    for (OutboundSa sa : next.standby()) {
      if (sa.life() == SaLife.RETIRED || !sending.add(sa)) {
        throw new IllegalArgumentException("SA " + sa + " was taken out before, or is in use");
      }
    }
    SpiTable inbound = new SpiTable(next.inbound());
    ForwardingTable table = routes.next(next.routes());
    checkGroups(next);

    routes = table;
    while (counters.size() < next.tunnels().size()) {
      counters.add(new TunnelCounters(counters.size(), begins));
    }
    Generation generation =
        new Generation(
            next.generation(),
            inbound,
            table,
            List.copyOf(next.tunnels()),
            List.copyOf(paths),
            List.copyOf(counters));
    Retired retired = replace(next, sending);
    return new Compiled(generation, retired);
  }

  private static void checkPath(int id, TunnelPath path, Set<OutboundSa> sending) {
    if (path.id() != id) {
      throw new IllegalArgumentException(
          "tunnel " + path.name() + " has id " + path.id() + " and stands at index " + id);
    }
    if (path.mtu() < MIN_MTU || path.mtu() > MAX_MTU) {
      throw new IllegalArgumentException(
          "tunnel " + path.name() + ": MTU " + path.mtu() + " is not in 576..65535");
    }
    for (OutboundSa sa : path.sending()) {
      if (sa.life() == SaLife.RETIRED) {
        throw new IllegalArgumentException("SA " + sa + " was taken out before, or discarded");
      }
      if (sa.tunnel() != id || !sending.add(sa)) {
        throw new IllegalArgumentException(
            "SA " + sa + " does not belong to tunnel " + path.name());
      }
    }
  }

  private static void checkGroups(Snapshot next) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Route route : next.routes()) {
      if (!seen.add(route.group())) {
        continue;
      }
      for (short tunnel : route.group().buckets()) {
        if (tunnel >= next.tunnels().size()) {
          throw new IllegalArgumentException(
              "group " + route.group() + " names tunnel " + tunnel + ", which is not there");
        }
      }
    }
  }

  private Wan wan(TunnelPath path) {
    boolean raw = path.remote().getPort() == 0;
    for (Wan wan : wans.apply(path.id())) {
      boolean fits =
          raw
              ? wan.kind() == Wan.Kind.RAW_ESP
              : wan.kind() == Wan.Kind.ESP_IN_UDP
                  && wan.localAddress().getPort() == path.local().getPort();
      if (fits && reaches(wan, path.local(), path.remote())) {
        return wan;
      }
    }
    throw new IllegalArgumentException(
        "tunnel %s: no %s socket is bound to %s"
            .formatted(path.name(), raw ? "protocol 50" : "UDP", path.local()));
  }

  static boolean reaches(Wan wan, InetSocketAddress local, InetSocketAddress remote) {
    InetAddress bound = wan.localAddress().getAddress();
    boolean sameFamily =
        bound instanceof Inet6Address == remote.getAddress() instanceof Inet6Address;
    return sameFamily
        && (bound.isAnyLocalAddress()
            || local.getAddress().isAnyLocalAddress()
            || bound.equals(local.getAddress()));
  }

  private Retired replace(Snapshot next, Set<OutboundSa> kept) {
    Set<InboundSa> receiving = Collections.newSetFromMap(new IdentityHashMap<>());
    receiving.addAll(next.inbound());
    List<InboundSa> goneIn = new ArrayList<>();
    for (InboundSa sa : last.inbound()) {
      if (!receiving.contains(sa)) {
        sa.life(SaLife.RETIRED);
        goneIn.add(sa);
      }
    }
    List<OutboundSa> goneOut = new ArrayList<>();
    Stream.concat(
            last.tunnels().stream().flatMap(path -> path.sending().stream()),
            last.standby().stream())
        .filter(sa -> !kept.contains(sa))
        .forEach(
            sa -> {
              sa.life(SaLife.RETIRED);
              goneOut.add(sa);
            });
    receiving.forEach(sa -> sa.life(SaLife.PUBLISHED));
    kept.forEach(sa -> sa.life(SaLife.PUBLISHED));
    last = next;
    return new Retired(goneIn, goneOut);
  }
}
