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
import dev.twinspan.agent.tunnel.TunnelPhase;
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
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One appliance of the site. A crash forgets everything but the configuration. */
final class Box implements SimHost {
  /** An instance's BGP address goes by its own tunnel, as long as that has an SA. */
  private static final int PINNED = 32;

  /** What a tunnel that loses packets brings about; its flows stay. */
  private static final Set<String> OF_NEW_FLOWS = Set.of("lossy", "loss-over");

  /** Makes the cores of a box, or faulty ones. */
  interface Make {
    TunnelSet tunnels(Consumer<TunnelAction> told);

    BgpEngine bgp(SplittableRandom random);

    /** The one that speaks with the sibling. */
    default BgpEngine site(SplittableRandom random) {
      return new BgpEngine(random);
    }
  }

  private final World world;
  private final Site site;
  private final Make make;
  private final int number;
  private final InetAddress address;
  private final InetAddress router;
  private final InetAddress lanAddress;
  private final SplittableRandom random;
  private AgentConfig config;
  private @Nullable Appliance appliance;
  private SimPackets packets;
  private TcpStack tcp;
  private TcpStack lanTcp;
  private long skew;
  private boolean stalled;
  private final List<Runnable> waiting = new ArrayList<>();
  private boolean knowsVnet;
  private long deadline = Long.MAX_VALUE;

  /** Tunnel → when something happened to it that may move flows, and new flows alone. */
  private final Map<String, Long> reasons = new HashMap<>();

  private final Map<String, Long> newFlowReasons = new HashMap<>();

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
    this.lanAddress = World.address("192.168.50." + (2 + number));
    this.tcp = new TcpStack(world, new NoListener(), this::tcpOut, site.keys());
    this.lanTcp = new TcpStack(world, new NoListener(), site.lan()::tcp, site.keys());
  }

  // --- life -------------------------------------------------------------------------------------

  void start() {
    SimPackets fresh = new SimPackets(this);
    packets = fresh;
    reasons.clear();
    newFlowReasons.clear();
    knowsVnet = false;
    Appliance next =
        new Appliance(
            config,
            new Appliance.Parts(
                new IkeEngine(new FastCrypto(random.nextLong())),
                make.bgp(random.split()),
                make.site(random.split()),
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

  private BgpTransport connect(Set<InetAddress> local, BgpTransport.Listener reports) {
    if (local.contains(lanAddress)) {
      lanTcp = new TcpStack(world, reports, site.lan()::tcp, site.keys());
      return lanTcp;
    }
    tcp = new TcpStack(world, new Told(reports), this::tcpOut, site.keys());
    return tcp;
  }

  void crash() {
    note("crashes");
    appliance = null;
    tcp.close();
    lanTcp.close();
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

  /** As the rest of the world has it. */
  long worldNow() {
    return world.now();
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public void tick() {
    turn();
  }

  /** The datapath has something to say: its turn is at this moment. */
  void stir() {
    if (appliance != null && !stalled) {
      deadline = world.now();
    }
  }

  private void turn() {
    Appliance running = appliance;
    if (running == null || stalled) {
      return;
    }
    running.turn();
    check();
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

  InetAddress lanAddress() {
    return lanAddress;
  }

  SimPackets packets() {
    return packets;
  }

  TcpStack tcp() {
    return tcp;
  }

  TcpStack lanTcp() {
    return lanTcp;
  }

  /** Whether it has told something to the sibling that may not have come there yet. */
  boolean hasNews() {
    return lanTcp.isUnderWay();
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

  /** From the sibling. */
  void lanTcpIn(InetAddress remote, byte[] inner) {
    if (appliance == null) {
      return;
    }
    if (stalled) {
      if (waiting.size() < 200) {
        waiting.add(() -> lanTcpIn(remote, inner));
      }
      return;
    }
    lanTcp.arrive(lanAddress, remote, inner);
    turn();
  }

  private void tcpOut(InetAddress local, InetAddress remote, byte[] inner) {
    if (appliance != null) {
      packets.own(remote, inner);
    }
  }

  // --- reasons ----------------------------------------------------------------------------------

  private void explain(String tunnel) {
    reasons.put(tunnel, world.now());
  }

  private void told(@Nullable String tunnel, String code, String sentence) {
    if (tunnel != null && !OF_NEW_FLOWS.contains(code)) {
      explain(tunnel);
    }
    if (tunnel != null && code.equals("drill-started")) {
      drills(tunnel);
    }
    if (code.equals("drill-passed")) {
      Tally.DRILLED.add();
    } else if (code.equals("lossy")) {
      Tally.SHUNNED.add();
    }
    Chart chart = world.chart();
    if (chart != null) {
      chart.note(world.now(), this, () -> (tunnel == null ? "box" : tunnel) + " " + code);
    }
  }

  private void selected(TunnelAction action) {
    if (action instanceof TunnelAction.Transition transition) {
      if (OF_NEW_FLOWS.contains(transition.reason().code())) {
        newFlowReasons.put(transition.tunnel(), world.now());
      } else {
        explain(transition.tunnel());
      }
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
      knowsVnet |= packets.vnet() != null && there;
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
    if (tunnel == EcmpGroup.NONE) {
      return false;
    }
    String name = snapshot.tunnels().get(tunnel).name();
    return reasons.getOrDefault(name, -1L) == world.now()
        || newFlowReasons.getOrDefault(name, -1L) == world.now();
  }

  /**
   * A flow goes on by another tunnel than its last packet went by.
   *
   * @param since when that was
   */
  void moved(int flow, int from, int to, long since) {
    world.check(
        happenedSince(from, since) || happenedSince(to, since),
        () ->
            "%sflow %d left tunnel %d for %d without a reason".formatted(label(), flow, from, to));
  }

  private boolean happenedSince(int tunnel, long since) {
    String name = packets.snapshot().tunnels().get(tunnel).name();
    return reasons.getOrDefault(name, -1L) >= since;
  }

  /** None is taken out on trial while another is out, or is not well. */
  private void drills(String tunnel) {
    Appliance running = appliance;
    for (String other : site.tunnelsBeside(tunnel)) {
      world.check(
          running != null && running.phase(other) == TunnelPhase.UP,
          () -> "%s%s is drilled while %s is not up".formatted(label(), tunnel, other));
    }
  }

  /** What was once known to lie behind the gateway does not leave by another way. */
  private void check() {
    Appliance running = appliance;
    if (running == null) {
      return;
    }
    knowsVnet |= running.fate(Site.VNET) == Fate.SIBLING;
    if (knowsVnet) {
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
