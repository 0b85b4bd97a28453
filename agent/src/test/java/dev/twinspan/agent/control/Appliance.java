package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.SitePeers;
import dev.twinspan.agent.crypto.FipsModule;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.IpPrefix;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.RouteEvent;
import dev.twinspan.ffi.linux.RouteType;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The control loop that ships, with the world at its edges simulated: for the simulator, which runs
 * many of them in one thread on virtual time.
 */
public final class Appliance {
  private static final int TUN = 7;

  /** Events come this way instead of the log. */
  public interface News {
    void told(@Nullable String tunnel, String code, String sentence);
  }

  /** Makes the connections of BGP that is spoken from these addresses. */
  public interface Tcp {
    BgpTransport from(Set<InetAddress> local, BgpTransport.Listener reports);
  }

  /** The sans-I/O cores, which a test may plant bugs in. */
  public record Parts(IkeEngine ike, BgpEngine bgp, BgpEngine site, TunnelSet tunnels) {}

  private final ControlLoop loop;
  private final Cores cores;
  private final Kernel kernel = new Kernel();
  private final Wakes mailbox = new Wakes();
  private final LongSupplier clock;
  private @Nullable IpPrefix fateOf;
  private Fate fate = Fate.IN_THE_CLEAR;

  /**
   * @param transport makes BGP's connections
   * @param clock this box's, nanoseconds
   */
  public Appliance(
      AgentConfig config,
      Parts parts,
      EspBackend backend,
      PacketEngine packets,
      Tcp transport,
      News news,
      LongSupplier clock) {
    this.clock = clock;
    this.cores = new Cores(parts.ike(), parts.bgp(), parts.site(), parts.tunnels());
    this.loop =
        new ControlLoop(
            config,
            mailbox,
            backend,
            cores,
            new Edges(
                packets, new KernelRoutes(kernel, TUN), new TcpEdge(transport), told(news), clock),
            new NoStatus(backend)) {
          @Override
          AgentStatus build(long now) {
            return NoStatus.NONE;
          }
        };
  }

  private static EventRing told(News news) {
    return new EventRing() {
      @Override
      void add(@Nullable String tunnel, String code, String sentence, @Nullable Duration outage) {
        news.told(tunnel, code, sentence);
      }
    };
  }

  public void begin() {
    loop.begin();
  }

  /** Takes turns until nothing is left to do at this moment. */
  public void turn() {
    do {
      mailbox.woken = false;
      loop.turn(null);
    } while (mailbox.woken);
  }

  /** When {@link #turn} is due, on this box's clock. */
  public long nextTurn() {
    return mailbox.woken ? clock.getAsLong() : loop.nextTurn();
  }

  /** As a datagram that came would. */
  public void wake() {
    mailbox.wake();
  }

  /** Goes down in order. */
  public void end() {
    loop.end();
  }

  // --- commands ---------------------------------------------------------------------------------

  public boolean drain(String tunnel) {
    return done(loop.commands().drain(tunnel));
  }

  public boolean undrain(String tunnel) {
    return done(loop.commands().undrain(tunnel));
  }

  public boolean reset(String tunnel) {
    return done(loop.commands().reset(tunnel));
  }

  public boolean rekey(String tunnel, boolean ike) {
    return done(loop.commands().rekey(tunnel, ike));
  }

  public boolean reload(AgentConfig next) {
    return done(loop.apply(next));
  }

  /** Each tunnel that has a neighbour, in turn. */
  public boolean drill() {
    return done(loop.drills().ask(""));
  }

  private boolean done(ControlResult result) {
    mailbox.wake();
    return result.ok();
  }

  // --- looking in -------------------------------------------------------------------------------

  public IkeEngine ike() {
    return cores.ike();
  }

  public BgpEngine bgp() {
    return cores.bgp();
  }

  /** The one that speaks on the LAN. */
  public BgpEngine site() {
    return cores.site();
  }

  public boolean established(String peer) {
    return isEstablished(cores.bgp(), peer);
  }

  public boolean hearsSibling() {
    return isEstablished(cores.site(), SitePeers.SIBLING);
  }

  private static boolean isEstablished(BgpEngine engine, String peer) {
    for (BgpView view : engine.views()) {
      if (view.peer().equals(peer)) {
        return view.state() == BgpState.ESTABLISHED;
      }
    }
    return false;
  }

  public TunnelPhase phase(String tunnel) {
    return cores.tunnels().view(tunnel).phase();
  }

  public String why(String tunnel) {
    return cores.tunnels().view(tunnel).toString();
  }

  /** Those of the tunnels that may carry flows. */
  public List<String> usable(List<String> tunnels) {
    return cores.tunnels().usable(tunnels);
  }

  /** Whether one of them carries flows without a reservation. */
  public boolean carries(List<String> tunnels) {
    return cores.tunnels().standing(tunnels) == TunnelSet.GOOD;
  }

  /** What the kernel does with a packet to that address. */
  public enum Fate {
    TUNNELLED,
    /** To the site's other box. */
    SIBLING,
    UNREACHABLE,
    IN_THE_CLEAR
  }

  /** Of all of a prefix that is routed as a whole; kept in mind until a route changes. */
  public Fate fate(IpPrefix prefix) {
    if (kernel.changed || !prefix.equals(fateOf)) {
      kernel.changed = false;
      fateOf = prefix;
      fate = find(prefix, _ -> true);
    }
    return fate;
  }

  /** The same once the agent has crashed, and the TUN with its routes is gone with it. */
  public Fate fateBehind(IpPrefix prefix) {
    return find(prefix, route -> route.interfaceIndex() != TUN);
  }

  private Fate find(IpPrefix prefix, Predicate<KernelRoute> left) {
    KernelRoute best = null;
    for (KernelRoute route : kernel.routes.values()) {
      if (route.destination().equals(prefix)
          && left.test(route)
          && (best == null || Integer.compareUnsigned(route.metric(), best.metric()) < 0)) {
        best = route;
      }
    }
    if (best == null) {
      return Fate.IN_THE_CLEAR;
    }
    return best.type() == RouteType.UNREACHABLE
        ? Fate.UNREACHABLE
        : best.gateway() == null ? Fate.TUNNELLED : Fate.SIBLING;
  }

  /** How many routes of ours the kernel has. */
  public int kernelRoutes() {
    return kernel.routes.size();
  }

  // --- edges ------------------------------------------------------------------------------------

  /** Woken is woken: it is looked at, not waited for. */
  private static final class Wakes extends Mailbox {
    private boolean woken;

    @Override
    void wake() {
      woken = true;
    }
  }

  /** A routing table that takes everything. */
  private static final class Kernel implements RouteKernel {
    private record Key(IpPrefix destination, int metric) {}

    private final Map<Key, KernelRoute> routes = new HashMap<>();
    private boolean changed;

    @Override
    public List<KernelRoute> routes(int table, int protocol) {
      return new ArrayList<>(routes.values());
    }

    @Override
    public void replaceRoute(KernelRoute route) {
      changed = true;
      routes.put(new Key(route.destination(), route.metric()), route);
    }

    @Override
    public void removeRoute(KernelRoute route) {
      changed = true;
      routes.remove(new Key(route.destination(), route.metric()));
    }

    @Override
    public void setLinkUp(int index) {}

    @Override
    public List<InterfaceAddress> addresses() {
      return List.of();
    }

    @Override
    public List<RouteEvent> poll() {
      return List.of();
    }

    @Override
    public String forwarding(boolean ipv6) {
      return "1";
    }

    @Override
    public void close() {}
  }

  private record TcpEdge(Tcp tcp) implements BgpEdge {
    @Override
    public void own(Set<InetAddress> local) {}

    @Override
    public BgpTransport listen(Set<InetAddress> local, BgpTransport.Listener reports) {
      return tcp.from(local, reports);
    }

    @Override
    public BgpTransport dialOnly(BgpTransport.Listener reports) {
      throw new AssertionError("it can listen");
    }

    @Override
    public void close() {}
  }

  /** Nobody reads it, and it would be half of the work. */
  private static final class NoStatus extends StatusBuilder {
    private static final AgentStatus NONE = null;

    NoStatus(EspBackend backend) {
      super(
          BoardDefaults.of(Optional.empty()),
          new EspBackends.Choice(
              backend,
              "simulated",
              List.of(new EspBackends.Probe("simulated", "1", true, "simulated"))),
          new FipsModule.Description("simulated", "1", false, "none"),
          AgentConfig.Crypto.DEFAULT,
          1,
          0);
    }

    @Override
    void sample(TunnelTable table, PacketEngine datapath, long now) {}
  }
}
