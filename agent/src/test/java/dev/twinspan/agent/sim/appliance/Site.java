package dev.twinspan.agent.sim.appliance;

import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.control.Appliance;
import dev.twinspan.agent.sim.SimNetwork.Datagram;
import dev.twinspan.agent.sim.World;
import dev.twinspan.ffi.linux.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The boxes of a site, the instances of the gateway, and flows between a host of the LAN and one of
 * the VNet.
 *
 * <pre>
 *   LAN ── a box ── (its sibling) ══ tunnels ══ in0, in1, in2 ── VNet
 *   VNet ── the instance it came by, or any that has a way ══ tunnels ══ a box ── LAN
 * </pre>
 *
 * in2, where it is there, is a second gateway's, of a connection that is the others' backup.
 */
final class Site {
  static final IpPrefix VNET = IpPrefix.of("10.10.0.0/16");
  static final Nlri VNET_NLRI = Nlri.of(new Prefix(World.address("10.10.0.0"), 16));
  static final Nlri LAN_NLRI = Nlri.of(new Prefix(World.address("192.168.50.0"), 24));
  static final InetAddress VNET_HOST = World.address("10.10.1.5");
  static final int FLOWS = 4;

  /** Which way a flow's packets go. */
  enum Direction {
    BOTH,
    /** From the LAN alone. */
    OUT,
    /** From the VNet alone. */
    IN
  }

  /** One flow, and how its latest packet fared. */
  static final class Flow {
    final int index;
    final int hash;
    Direction direction = Direction.BOTH;
    int sent;
    int arrived;

    Flow(int index, int hash) {
      this.index = index;
      this.hash = hash;
    }

    /** Whether the latest packet made its way, and the answer back where there is one. */
    boolean flows() {
      return arrived == sent;
    }
  }

  /** What is broken between a box and an instance. */
  record Cut(int box, int instance, boolean forth, boolean back, boolean espOnly) {}

  /** A share of what passes between a box and an instance is lost, each way. */
  private record Brownout(int box, int instance, double loss) {}

  private final World world;
  private final Lan lan;
  private final SplittableRandom random;
  private final TcpStack.Keys keys = new TcpStack.Keys();
  private final List<Box> boxes = new ArrayList<>();
  private final List<Instance> instances = new ArrayList<>();
  private final List<Flow> flows = new ArrayList<>();
  private final Set<Cut> cuts = new HashSet<>();
  private final List<Brownout> brownouts = new ArrayList<>();

  /** Whether answers go by another instance than the questions came by, where there is one. */
  private boolean asymmetric;

  Site(World world, Lan.Entry entry, long seed) {
    this.world = world;
    this.random = new SplittableRandom(seed * 55 + 3);
    this.lan = new Lan(this, entry);
  }

  Lan lan() {
    return lan;
  }

  World world() {
    return world;
  }

  TcpStack.Keys keys() {
    return keys;
  }

  List<Box> boxes() {
    return boxes;
  }

  List<Instance> instances() {
    return instances;
  }

  List<Flow> flows() {
    return flows;
  }

  List<String> tunnels() {
    return instances.stream().map(Site::tunnel).toList();
  }

  static String tunnel(Instance instance) {
    return instance.gateway() + "/" + instance;
  }

  /** The others of its connection. */
  List<String> tunnelsBeside(String tunnel) {
    String connection = tunnel.substring(0, tunnel.indexOf('/') + 1);
    List<String> beside = new ArrayList<>(tunnels());
    beside.removeIf(other -> other.equals(tunnel) || !other.startsWith(connection));
    return beside;
  }

  @Nullable String tunnelTo(@Nullable InetAddress bgpAddress) {
    for (Instance instance : instances) {
      if (instance.bgpAddress().equals(bgpAddress)) {
        return tunnel(instance);
      }
    }
    return null;
  }

  Box box(String name) {
    return boxes.stream().filter(b -> b.toString().equals(name)).findFirst().orElseThrow();
  }

  @Nullable Box boxOf(InetAddress router) {
    for (Box box : boxes) {
      if (box.router().equals(router)) {
        return box;
      }
    }
    return null;
  }

  void asymmetric(boolean answersElsewhere) {
    asymmetric = answersElsewhere;
  }

  // --- what is broken ---------------------------------------------------------------------------

  void cut(Cut cut) {
    cuts.add(cut);
    boxes.get(cut.box()).note("cut from in" + cut.instance() + ": " + cut);
    world.network().eat(this::isEaten);
  }

  void brownout(int box, int instance, double loss) {
    brownouts.add(new Brownout(box, instance, loss));
    boxes.get(box).note("%.0f %% lost to and from in%d".formatted(100 * loss, instance));
    world.network().eat(this::isEaten);
  }

  void heal() {
    cuts.clear();
    brownouts.clear();
    world.network().heal();
  }

  private boolean isEaten(Datagram datagram) {
    return isCut(datagram) || isLost(datagram);
  }

  private boolean isLost(Datagram datagram) {
    for (Brownout brownout : brownouts) {
      InetAddress box = boxes.get(brownout.box()).address();
      InetAddress instance = instances.get(brownout.instance()).node().address();
      InetAddress from = datagram.from().getAddress();
      InetAddress to = datagram.to().getAddress();
      boolean between =
          from.equals(box) && to.equals(instance) || from.equals(instance) && to.equals(box);
      if (between && random.nextDouble() < brownout.loss()) {
        return true;
      }
    }
    return false;
  }

  private boolean isCut(Datagram datagram) {
    for (Cut cut : cuts) {
      InetAddress box = boxes.get(cut.box()).address();
      InetAddress instance = instances.get(cut.instance()).node().address();
      InetAddress from = datagram.from().getAddress();
      InetAddress to = datagram.to().getAddress();
      boolean hit =
          cut.forth() && from.equals(box) && to.equals(instance)
              || cut.back() && from.equals(instance) && to.equals(box);
      if (hit && (datagram.esp() || !cut.espOnly())) {
        return true;
      }
    }
    return false;
  }

  /** Whether packets can go there and back by the tunnel between these two. */
  boolean isPath(Box box, Instance instance) {
    int b = boxes.indexOf(box);
    int i = instances.indexOf(instance);
    return box.isUp()
        && instance.isUp()
        && !isDrained(box, instance)
        && cuts.stream().noneMatch(cut -> cut.box() == b && cut.instance() == i);
  }

  static boolean isDrained(Box box, Instance instance) {
    Appliance appliance = box.appliance();
    if (appliance == null) {
      return false;
    }
    return switch (appliance.phase(tunnel(instance))) {
      case DRAINING, DRAINED -> true;
      default -> false;
    };
  }

  // --- flows ------------------------------------------------------------------------------------

  /** One packet of each flow. */
  void send() {
    for (Flow flow : flows) {
      flow.sent++;
      if (flow.direction == Direction.IN) {
        toLan(null, flow, Inner.flow(Inner.BACK, flow.index, flow.sent));
      } else {
        lan.fromHost(flow, Inner.flow(Inner.FORTH, flow.index, flow.sent));
      }
    }
  }

  /** A flow's packet came to the VNet. */
  void fromGateway(Instance instance, byte[] inner) {
    Flow flow = flows.get(Inner.flowOf(inner));
    if (flow.direction == Direction.BOTH) {
      toLan(instance, flow, Inner.flow(Inner.BACK, flow.index, Inner.numberOf(inner)));
    } else {
      flow.arrived = Inner.numberOf(inner);
    }
  }

  private void toLan(@Nullable Instance by, Flow flow, byte[] inner) {
    List<Instance> ways = new ArrayList<>();
    for (Instance instance : instances) {
      if (!instance.waysToLan().isEmpty()) {
        ways.add(instance);
      }
    }
    if (ways.isEmpty()) {
      return;
    }
    Instance chosen = ways.get(flow.hash % ways.size());
    if (by != null && ways.contains(by)) {
      chosen = by;
      if (asymmetric && ways.size() > 1) {
        chosen = ways.get(0) == by ? ways.get(1) : ways.get(0);
      }
    }
    List<Box> to = chosen.waysToLan();
    chosen.send(to.get((flow.hash >> 4) % to.size()), inner);
  }

  /** Out of a tunnel, at a box. */
  void fromTunnel(Box box, InetAddress instance, byte[] inner) {
    if (inner[0] == Inner.TCP) {
      for (Instance one : instances) {
        if (one.node().address().equals(instance)) {
          box.tcpIn(one.bgpAddress(), inner);
        }
      }
    } else {
      flows.get(Inner.flowOf(inner)).arrived = Inner.numberOf(inner);
    }
  }
}
