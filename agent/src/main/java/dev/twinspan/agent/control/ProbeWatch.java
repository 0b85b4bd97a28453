package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.tunnel.ProbeSet;
import dev.twinspan.agent.tunnel.Sighting;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.ProbeAnswer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sends the probes that {@link ProbeSet} asks for, and takes their answers to it. */
final class ProbeWatch {
  /** Both addresses are inside the tunnel. */
  private record Way(InetAddress source, InetAddress target) {}

  /** Far more than probes are sent between two looks. */
  private static final int ANSWERS_PER_LOOK = 64;

  private final ProbeSet probes = new ProbeSet();
  private final TunnelTable table;
  private final PacketEngine datapath;
  private final Map<String, Way> ways = new HashMap<>();

  /** Tunnels that may have been without any way to their target. */
  private final Set<String> away = new HashSet<>();

  ProbeWatch(TunnelTable table, PacketEngine datapath) {
    this.table = table;
    this.datapath = datapath;
  }

  void configure(AgentConfig config) {
    Map<String, Way> before = Map.copyOf(ways);
    ways.clear();
    for (ConnectionConfig connection : config.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        InetAddress target = instance.probed();
        InetAddress source = target == null ? null : source(config, instance, target);
        if (target != null && source != null) {
          ways.put(connection.tunnel(instance), new Way(source, target));
        }
      }
    }
    away.retainAll(ways.keySet());
    probes.configure(ways.keySet());
    ways.forEach(
        (name, way) -> {
          if (!way.equals(before.get(name))) {
            probes.forget(name);
          }
        });
  }

  /**
   * What we speak BGP from, else the first address of our LAN: the peer sends answers to either
   * into the tunnel, and they go no further than here.
   */
  private static @Nullable InetAddress source(
      AgentConfig config, InstanceConfig instance, InetAddress target) {
    BgpConfig bgp = config.bgp();
    boolean ipv6 = target.getAddress().length == 16;
    InetAddress own = instance.localBgpAddress();
    if (own == null && bgp != null) {
      own = ipv6 && bgp.routerAddressIpv6() != null ? bgp.routerAddressIpv6() : bgp.routerAddress();
    }
    if (own != null && own.getAddress().length == target.getAddress().length) {
      return own;
    }
    return config.lan().prefixes().stream()
        .filter(prefix -> prefix.isIpv6() == ipv6)
        .findFirst()
        .map(Prefix::firstHost)
        .orElse(null);
  }

  /** When {@link #look} must be called; between that and then it may be. */
  long nextLook(long now) {
    return probes.isUrgent() ? probes.nextLook(now) : Long.MAX_VALUE;
  }

  void look(long now, Function<String, Sighting> eyes) {
    if (now - probes.nextLook(now) < 0) {
      return;
    }
    probes.look(now, eyes).forEach(this::send);
  }

  /** One out of turn. */
  void hurry(long now, String tunnel) {
    probes.hurry(now, tunnel).ifPresent(this::send);
  }

  private void send(ProbeSet.Probe due) {
    Way way = ways.get(due.tunnel());
    Tunnel tunnel = table.tunnel(due.tunnel());
    if (way != null && tunnel != null) {
      datapath.probe(tunnel.id(), way.source(), way.target(), due.number());
    }
  }

  Sighting.Inside inside(String tunnel) {
    return probes.inside(tunnel);
  }

  /** Carries flows or not. */
  void entered(String tunnel, TunnelPhase phase) {
    switch (phase) {
      case DOWN, LOST -> away.add(tunnel);
      case HELD, UP -> {
        if (away.remove(tunnel)) {
          probes.relearn(tunnel);
        }
      }
      case SUSPECT, LEAVING, DRAINING, DRAINED -> {}
    }
  }

  /**
   * Before anybody judges by them. A peer knows the token of what it is sent, and may answer faster
   * than they are taken.
   */
  void takeAnswers() {
    for (int i = 0; i < ANSWERS_PER_LOOK; i++) {
      ProbeAnswer answer = datapath.pollProbe();
      if (answer == null) {
        return;
      }
      String name = table.name(answer.tunnel());
      if (name != null) {
        probes.answered(name, answer.number(), answer.nanos());
      }
    }
  }

  /** For status; null: nothing is known. */
  TunnelStatus.@Nullable Probe status(String tunnel) {
    Way way = ways.get(tunnel);
    ProbeSet.View view = probes.view(tunnel);
    return way == null || view == null
        ? null
        : new TunnelStatus.Probe(
            way.target().getHostAddress(),
            view.answers(),
            view.latencyNanos() == 0 ? null : Duration.ofNanos(view.latencyNanos()),
            view.loss(),
            view.sent(),
            view.answered(),
            view.missed());
  }
}
