package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.control.Appliance.Fate;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.sim.Chart;
import dev.twinspan.agent.sim.FastCrypto;
import dev.twinspan.agent.sim.SimHost;
import dev.twinspan.agent.sim.World;
import dev.twinspan.agent.tunnel.TunnelAction;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.Snapshot;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One appliance of the site. A crash forgets everything but the configuration. */
final class Box implements SimHost {
  /** An instance's BGP address goes by its own tunnel, as long as that has an SA. */
  private static final int PINNED = 32;

  /** Makes the cores of a box, or faulty ones. */
  interface Make {
    TunnelSet tunnels(Consumer<TunnelAction> told);

    BgpEngine bgp(SplittableRandom random);
  }

  private final World world;
  private final Site site;
  private final Make make;
  private final int number;
  private final InetAddress address;
  private final InetAddress router;
  private final SplittableRandom random;
  private AgentConfig config;
  private @Nullable Appliance appliance;
  private SimPackets packets;
  private TcpStack tcp;
  private long skew;
  private boolean stalled;
  private final List<Runnable> waiting = new ArrayList<>();
  private boolean knowsVnet;
  private long deadline = Long.MAX_VALUE;

  /** Tunnel → when something happened to it that may move flows. */
  private final Map<String, Long> reasons = new HashMap<>();

  Box(Site site, int number, AgentConfig config, Make make, long seed) {
    this.site = site;
    this.world = site.world();
    this.number = number;
    this.make = make;
    this.config = config;
    this.address = World.address("198.51.100." + (17 + number));
    this.router = World.address("10.255.0." + (17 + number));
    this.random = new SplittableRandom(seed * 77 + number);
    this.packets = new SimPackets(this);
    this.tcp = stack(new NoListener());
  }

  private TcpStack stack(BgpTransport.Listener listener) {
    return new TcpStack(world, listener, this::tcpOut, site.keys());
  }

  // --- life -------------------------------------------------------------------------------------

  void start() {
    SimPackets fresh = new SimPackets(this);
    packets = fresh;
    reasons.clear();
    knowsVnet = false;
    Appliance next =
        new Appliance(
            config,
            new Appliance.Parts(
                new IkeEngine(new FastCrypto(random.nextLong())),
                make.bgp(random.split()),
                new BgpEngine(random.split()),
                make.tunnels(this::selected)),
            new SimEsp(),
            fresh,
            this::connect,
            this::told,
            this::now);
    appliance = next;
    next.begin();
    turn();
  }

  private BgpTransport connect(BgpTransport.Listener reports) {
    tcp = stack(new Told(reports));
    return tcp;
  }

  void crash() {
    note("crashes");
    appliance = null;
    tcp.close();
    stalled = false;
    waiting.clear();
    deadline = Long.MAX_VALUE;
  }

  void shutDown() {
    Appliance running = appliance;
    if (running != null && !stalled) {
      note("goes down in order");
      running.end();
      crash();
    }
  }

  /** Stands still for so long, and then finds all that came meanwhile. */
  void stall(long nanos) {
    Appliance frozen = appliance;
    if (frozen == null || stalled) {
      return;
    }
    note("stands still for %d ms".formatted(nanos / 1_000_000));
    stalled = true;
    deadline = Long.MAX_VALUE;
    world.after(
        nanos,
        () -> {
          if (stalled && frozen == appliance) {
            stalled = false;
            List<Runnable> late = List.copyOf(waiting);
            waiting.clear();
            late.forEach(Runnable::run);
            turn();
          }
        });
  }

  void leap(long nanos) {
    note("its clock leaps by %d ms".formatted(nanos / 1_000_000));
    skew += nanos;
    deadline = appliance == null || stalled ? Long.MAX_VALUE : world.now();
  }

  boolean isUp() {
    return appliance != null;
  }

  boolean isAway() {
    return appliance == null || stalled;
  }

  @Nullable Appliance appliance() {
    return appliance;
  }

  AgentConfig config() {
    return config;
  }

  void command(Consumer<Appliance> what) {
    Appliance running = appliance;
    if (running != null && !stalled) {
      what.accept(running);
      turn();
    }
  }

  void reload(AgentConfig next) {
    note("its configuration is reloaded");
    command(
        running -> {
          for (String tunnel : site.tunnels()) {
            explain(tunnel);
          }
          if (running.reload(next)) {
            config = next;
          }
        });
  }

  // --- time -------------------------------------------------------------------------------------

  long now() {
    return world.now() + skew;
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public void tick() {
    turn();
  }

  private void turn() {
    Appliance running = appliance;
    if (running == null || stalled) {
      return;
    }
    running.turn();
    long next = running.nextTurn();
    deadline = next == Long.MAX_VALUE ? next : next - skew;
  }

  // --- packets ----------------------------------------------------------------------------------

  @Override
  public InetAddress address() {
    return address;
  }

  InetAddress router() {
    return router;
  }

  SimPackets packets() {
    return packets;
  }

  TcpStack tcp() {
    return tcp;
  }

  void toWan(InetSocketAddress local, InetSocketAddress remote, byte[] packet, boolean esp) {
    world.network().send(local, remote, packet, esp);
  }

  @Override
  public void arrive(InetSocketAddress here, InetSocketAddress from, byte[] payload, boolean esp) {
    Appliance running = appliance;
    if (running == null) {
      return;
    }
    if (esp) {
      // The datapath has threads of its own: it goes on while the control loop stands still.
      byte[] inner = packets.wan(from.getAddress(), payload);
      if (inner != null) {
        site.fromTunnel(this, from.getAddress(), inner);
      } else {
        turn(); // its control loop may have been told
      }
    } else {
      packets.ike(here, from, payload);
      running.wake();
      turn();
    }
  }

  /** From one of the instances' BGP addresses. */
  void tcpIn(InetAddress remote, byte[] inner) {
    if (stalled) {
      if (waiting.size() < 200) { // what socket buffers hold
        waiting.add(() -> tcpIn(remote, inner));
      }
      return;
    }
    tcp.arrive(router, remote, inner);
    turn();
  }

  private void tcpOut(InetAddress local, InetAddress remote, byte[] inner) {
    if (appliance != null) {
      packets.lan(remote, remote.hashCode(), inner);
    }
  }

  // --- reasons ----------------------------------------------------------------------------------

  private void explain(String tunnel) {
    reasons.put(tunnel, world.now());
  }

  private void told(@Nullable String tunnel, String code, String sentence) {
    if (tunnel != null) {
      explain(tunnel);
    }
    Chart chart = world.chart();
    if (chart != null) {
      chart.note(world.now(), this, () -> (tunnel == null ? "box" : tunnel) + " " + code);
    }
  }

  private void selected(TunnelAction action) {
    if (action instanceof TunnelAction.Transition transition) {
      explain(transition.tunnel());
      Chart chart = world.chart();
      if (chart != null) {
        chart.note(
            world.now(),
            this,
            () -> "%s: %s".formatted(transition.phase(), transition.reason().sentence()));
      }
    }
  }

  /**
   * Flows are distributed anew: no bucket changes without something having happened to its ends.
   */
  void distributed(Snapshot before, Snapshot after) {
    Map<String, EcmpGroup> groups = new HashMap<>();
    for (Route route : before.routes()) {
      groups.put(route.prefix() + "/" + route.length(), route.group());
    }
    for (Route route : after.routes()) {
      EcmpGroup then = groups.get(route.prefix() + "/" + route.length());
      if (then != null && then != route.group() && route.length() < PINNED) {
        explained(then, route.group(), after);
      }
    }
    Appliance running = appliance;
    if (running != null) {
      boolean there = running.fate(Site.VNET) != Fate.IN_THE_CLEAR;
      knowsVnet |= packets.group(Site.VNET_HOST) != null && there;
    }
  }

  private void explained(EcmpGroup then, EcmpGroup now, Snapshot after) {
    for (int i = 0; i < EcmpGroup.BUCKETS; i++) {
      short was = then.buckets()[i];
      short is = now.buckets()[i];
      if (was != is && !happened(was, after) && !happened(is, after)) {
        world.check(
            false,
            () -> "%sflows went from %s to %s without a reason".formatted(label(), then, now));
      }
    }
  }

  private boolean happened(short tunnel, Snapshot snapshot) {
    return tunnel != EcmpGroup.NONE
        && reasons.getOrDefault(snapshot.tunnels().get(tunnel).name(), -1L) == world.now();
  }

  /** What was once known to lie behind the gateway does not leave by another way. */
  void check() {
    Appliance running = appliance;
    if (running != null && knowsVnet) {
      world.check(
          running.fate(Site.VNET) != Fate.IN_THE_CLEAR,
          () -> label() + "what belongs into the tunnels would leave in the clear");
    }
  }

  void note(String what) {
    Chart chart = world.chart();
    if (chart != null) {
      chart.note(world.now(), this, () -> "*** " + what);
    }
  }

  @Override
  public boolean isFirst() {
    return true;
  }

  @Override
  public String label() {
    return "box" + number + ": ";
  }

  @Override
  public String toString() {
    return "box" + number;
  }

  /** Passes on, and keeps in mind which tunnels' routes an UPDATE may change. */
  private final class Told implements BgpTransport.Listener {
    private static final int UPDATE = 2;
    private static final int TYPE = 18;

    private final BgpTransport.Listener reports;

    Told(BgpTransport.Listener reports) {
      this.reports = reports;
    }

    @Override
    public void connected(long connection) {
      reports.connected(connection);
    }

    @Override
    public void accepted(long connection, InetAddress local, InetAddress remote) {
      reports.accepted(connection, local, remote);
    }

    @Override
    public void received(long connection, byte[] bytes) {
      if (bytes.length > TYPE && bytes[TYPE] == UPDATE) {
        String tunnel = site.tunnelTo(tcp.remote(connection));
        if (tunnel != null) {
          explain(tunnel);
        }
      }
      reports.received(connection, bytes);
    }

    @Override
    public void closed(long connection, String why) {
      reports.closed(connection, why);
    }
  }

  private static final class NoListener implements BgpTransport.Listener {
    @Override
    public void connected(long connection) {}

    @Override
    public void accepted(long connection, InetAddress local, InetAddress remote) {}

    @Override
    public void received(long connection, byte[] bytes) {}

    @Override
    public void closed(long connection, String why) {}
  }
}
