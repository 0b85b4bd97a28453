package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.Route;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.IkePeers;
import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.agent.sim.World;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One instance of the gateway. Its IKE is a {@link SimNode}'s; it announces the VNet. */
final class Instance {
  private static final long AZURE = 65515;
  private static final Duration HOLD = Duration.ofSeconds(9);

  private final Site site;
  private final World world;
  private final int number;
  private final InetAddress bgpAddress;
  private final SimNode node;
  private final SplittableRandom random;
  private final boolean speaks;
  private final IkePeer.Role role;
  private final boolean answersProbes;
  private TcpStack tcp;
  private @Nullable BgpEngine bgp;
  private RouteSet routes = RouteSet.EMPTY;
  private long tickAt = Long.MAX_VALUE;
  private int life;

  /**
   * @param speaks BGP
   */
  Instance(Site site, int number, boolean speaks, IkePeer.Role role, long seed) {
    this.site = site;
    this.world = site.world();
    this.number = number;
    this.speaks = speaks;
    this.role = role;
    this.bgpAddress = World.address("10.10.255." + (4 + number));
    this.node = world.node("in" + number, "203.0.113." + (10 + number));
    node.labelled();
    node.onEsp(this::inside);
    this.random = new SplittableRandom(seed * 99 + number);
    this.answersProbes = random.nextInt(4) > 0;
    this.tcp = new TcpStack(world, new Heard(-1), this::tcpOut, site.keys());
  }

  // --- life -------------------------------------------------------------------------------------

  void start() {
    List<IkePeer> peers = new ArrayList<>();
    for (Box box : site.boxes()) {
      peers.add(mirrored(box.config(), box));
    }
    node.configure(peers.toArray(IkePeer[]::new));
    speak();
  }

  /** The box's idea of this instance, seen from the other end. */
  private IkePeer mirrored(AgentConfig config, Box box) {
    IkePeer theirs = IkePeers.of(config).get(number);
    return new IkePeer(
        box.toString(),
        node.address(),
        box.address(),
        theirs.remoteId(),
        theirs.localId(),
        theirs.credentials(),
        role,
        theirs.policy(),
        theirs.remoteSelectors(),
        theirs.localSelectors(),
        List.of(),
        theirs.liveness(),
        theirs.livenessTimeout(),
        theirs.forceEncapsulation(),
        theirs.fragmentSize());
  }

  private void speak() {
    if (!speaks) {
      return;
    }
    life++;
    tickAt = Long.MAX_VALUE;
    tcp = new TcpStack(world, new Heard(life), this::tcpOut, site.keys());
    BgpEngine engine = new BgpEngine(random.split());
    bgp = engine;
    perform(
        engine.configure(
            world.now(),
            site.boxes().stream().map(this::peer).toList(),
            new ImportPolicy(Set.of(), false),
            ExportPolicy.of(Set.of(Site.VNET_NLRI), Set.of(), false, false)));
  }

  private BgpPeer peer(Box box) {
    return new BgpPeer(
        box.toString(),
        bgpAddress,
        box.router(),
        AZURE,
        65010,
        1_000 + number,
        HOLD,
        true,
        BgpPeer.Dial.BOTH,
        Set.of(Family.IPV4_UNICAST),
        null,
        4_000,
        BgpPeer.LimitAction.WARN,
        0);
  }

  void crash() {
    if (!node.isDown()) {
      note("crashes");
      node.crash();
      silence();
    }
  }

  /** As for maintenance: Cease, then DELETE. */
  void shutDown() {
    if (node.isAway()) {
      return;
    }
    note("goes down in order");
    BgpEngine engine = bgp;
    if (engine != null) {
      perform(engine.shutdown(world.now(), "maintenance"));
    }
    node.shutdown();
    silence();
  }

  private void silence() {
    bgp = null;
    routes = RouteSet.EMPTY;
    tcp.close();
    life++;
  }

  void restart() {
    if (node.isDown()) {
      note("starts");
      node.restart();
      speak();
    }
  }

  boolean isUp() {
    return !node.isDown();
  }

  // --- what befalls it --------------------------------------------------------------------------

  /** Cease, Administrative Reset. */
  void cease(Box box) {
    BgpEngine engine = bgp;
    if (engine != null && !node.isAway()) {
      note("sends Cease to " + box);
      perform(engine.reset(world.now(), box.toString(), "maintenance"));
    }
  }

  void resetTcp(boolean heard) {
    note("its TCP connections are " + (heard ? "reset" : "forgotten"));
    if (heard) {
      tcp.resetAll();
    } else {
      tcp.breakAll();
    }
  }

  void delete(Box box, boolean ike) {
    Integer spi = node.isAway() ? null : node.outbound(box.toString());
    if (spi != null) {
      note("DELETE to " + box);
      node.ask(
          (engine, now) ->
              ike
                  ? EngineProbe.deleteIke(engine, now, spi)
                  : EngineProbe.deleteChild(engine, now, spi));
    }
  }

  private void note(String what) {
    if (world.chart() != null) {
      world.chart().note(world.now(), node, () -> "*** " + what);
    }
  }

  // --- BGP --------------------------------------------------------------------------------------

  private void perform(List<BgpAction> actions) {
    for (BgpAction action : actions) {
      switch (action) {
        case BgpAction.Dial dial -> tcp.dial(dial);
        case BgpAction.Send(long connection, byte[] bytes) -> tcp.send(connection, bytes);
        case BgpAction.Close(long connection) -> tcp.hangUp(connection);
        case BgpAction.RoutesChanged(RouteSet next) -> routes = next;
        case BgpAction.Transition transition -> {
          if (world.chart() != null) {
            world
                .chart()
                .note(
                    world.now(),
                    node,
                    () ->
                        "BGP with %s %s: %s"
                            .formatted(
                                transition.peer(), transition.state(), transition.reason().code()));
          }
        }
        case BgpAction.Notice _ -> {}
      }
    }
    schedule();
  }

  private void schedule() {
    BgpEngine engine = bgp;
    if (engine == null) {
      return;
    }
    long due = Math.max(engine.nextDeadline(), world.now());
    if (due < tickAt) {
      tickAt = due;
      int mine = life;
      world.after(due - world.now(), () -> tick(mine, due));
    }
  }

  private void tick(int ofLife, long due) {
    BgpEngine engine = bgp;
    if (engine != null && ofLife == life && due == tickAt) {
      tickAt = Long.MAX_VALUE;
      perform(engine.tick(world.now()));
    }
  }

  boolean established(Box box) {
    BgpEngine engine = bgp;
    return engine != null
        && engine.views().stream()
            .anyMatch(v -> v.peer().equals(box.toString()) && v.state() == BgpState.ESTABLISHED);
  }

  List<BgpView> views() {
    BgpEngine engine = bgp;
    return engine == null ? List.of() : engine.views();
  }

  int connections() {
    BgpEngine engine = bgp;
    return engine == null ? 0 : engine.connections();
  }

  private void tcpOut(InetAddress local, InetAddress remote, byte[] inner) {
    Box box = site.boxOf(remote);
    if (box != null) {
      node.sendEsp(box.toString(), inner);
    }
  }

  private void inside(String peer, byte[] inner) {
    switch (inner[0]) {
      case Inner.TCP -> {
        if (speaks) {
          tcp.arrive(bgpAddress, site.box(peer).router(), inner);
        }
      }
      case Inner.PROBE -> {
        if (answersProbes) {
          node.sendEsp(peer, Inner.answer(inner));
        }
      }
      default -> {
        if (number > 1) {
          Tally.BY_BACKUP.add();
        }
        site.fromGateway(this, inner);
      }
    }
  }

  private final class Heard implements BgpTransport.Listener {
    private final int ofLife;

    Heard(int ofLife) {
      this.ofLife = ofLife;
    }

    private @Nullable BgpEngine engine() {
      return ofLife == life ? bgp : null;
    }

    @Override
    public void connected(long connection) {
      BgpEngine engine = engine();
      if (engine != null) {
        perform(engine.connected(world.now(), connection));
      }
    }

    @Override
    public void accepted(long connection, InetAddress local, InetAddress remote) {
      BgpEngine engine = engine();
      if (engine != null) {
        perform(engine.accepted(world.now(), connection, local, remote));
      }
    }

    @Override
    public void received(long connection, byte[] bytes) {
      BgpEngine engine = engine();
      if (engine != null) {
        perform(engine.received(world.now(), connection, bytes));
      }
    }

    @Override
    public void closed(long connection, String why) {
      BgpEngine engine = engine();
      if (engine != null) {
        perform(engine.closed(world.now(), connection, why));
      }
    }
  }

  // --- the way to the site ----------------------------------------------------------------------

  /** The boxes that this instance would send the LAN's packets to. */
  List<Box> waysToLan() {
    if (node.isAway()) {
      return List.of();
    }
    List<Box> ways = new ArrayList<>();
    Route route = routes.routes().get(Site.LAN_NLRI);
    for (Box box : site.boxes()) {
      boolean learnt = speaks ? route != null && route.peers().contains(box.toString()) : true;
      if (learnt && node.outbound(box.toString()) != null) {
        ways.add(box);
      }
    }
    return ways;
  }

  boolean send(Box box, byte[] inner) {
    return node.sendEsp(box.toString(), inner);
  }

  SimNode node() {
    return node;
  }

  /** Name of the connection to it. */
  String gateway() {
    return number < 2 ? "hub" : "far";
  }

  InetAddress bgpAddress() {
    return bgpAddress;
  }

  @Override
  public String toString() {
    return "in" + number;
  }
}
