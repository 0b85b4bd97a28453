package dev.twinspan.agent.bench;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.datapath.Datapath;
import dev.twinspan.datapath.DatapathConfig;
import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
import dev.twinspan.datapath.DatapathConfig.Loops;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.SaParameters;
import dev.twinspan.datapath.Selector;
import dev.twinspan.datapath.Snapshot;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.Tun;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two ends of two tunnels on this machine, each the product's datapath in a network namespace of
 * its own: a box, and the two addresses of a gateway. Nothing of it is left when it is closed.
 *
 * <pre>
 *   10.1.0.1 TUN ── left ── 192.0.2.1 ════ veth ════ 192.0.2.2 ── right ── TUN 10.2.0.1
 *   10.1.1.1                                         192.0.2.3                 10.2.1.1
 * </pre>
 */
final class BenchPair implements Contender {
  static final int TUNNELS = 2;

  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * One end.
   *
   * @param outer its address for each tunnel, and
   * @param inner inside it
   * @param threads that carry its packets
   */
  record End(
      NetworkNamespace namespace,
      Datapath datapath,
      List<InetSocketAddress> outer,
      List<InetAddress> inner,
      List<LoopThread> threads) {
    /** The thread that receives from the tunnels, where each direction has one. */
    LoopThread in() {
      return LoopThread.named(threads, "twinspan-in");
    }

    /** And the one that sends into them. */
    LoopThread out() {
      return LoopThread.named(threads, "twinspan-out");
    }

    private long nanos() {
      return threads.stream().mapToLong(thread -> thread.time().nanos()).sum();
    }
  }

  private final List<Runnable> closers;
  private final Loops loops;
  private final End left;
  private final End right;

  private BenchPair(
      List<Runnable> closers, EspBackend backend, EspTransform transform, int mtu, Loops loops)
      throws Exception {
    this.closers = closers;
    this.loops = loops;
    NetworkNamespace one = NetworkNamespace.create();
    closers.add(one::close);
    NetworkNamespace two = NetworkNamespace.create();
    closers.add(two::close);
    ip(
        one,
        "link",
        "add",
        "wan",
        "type",
        "veth",
        "peer",
        "name",
        "wan",
        "netns",
        two.path().toString());
    left = end(one, 1, List.of("192.0.2.1"), mtu);
    right = end(two, 2, List.of("192.0.2.2", "192.0.2.3"), mtu);
    List<InboundSa> toRight = new ArrayList<>();
    List<InboundSa> toLeft = new ArrayList<>();
    List<TunnelPath> leftPaths = new ArrayList<>();
    List<TunnelPath> rightPaths = new ArrayList<>();
    for (int t = 0; t < TUNNELS; t++) {
      byte[] there = key(transform);
      byte[] back = key(transform);
      SaParameters out = parameters(transform, t, 1);
      SaParameters in = parameters(transform, t, 2);
      toRight.add(InboundSa.open(backend, out, there, InboundSa.DEFAULT_REPLAY_WINDOW));
      toLeft.add(InboundSa.open(backend, in, back, InboundSa.DEFAULT_REPLAY_WINDOW));
      leftPaths.add(path(t, left, right, OutboundSa.open(backend, out, there)));
      rightPaths.add(path(t, right, left, OutboundSa.open(backend, in, back)));
      Arrays.fill(there, (byte) 0);
      Arrays.fill(back, (byte) 0);
    }
    publish(left, toLeft, leftPaths, right);
    publish(right, toRight, rightPaths, left);
  }

  /**
   * @param mtu of the inner packets
   * @param loops of each end
   * @throws dev.twinspan.ffi.linux.KernelException when a namespace, a TUN or a socket is refused
   */
  static BenchPair open(EspBackend backend, EspTransform transform, int mtu, Loops loops)
      throws Exception {
    List<Runnable> closers = new ArrayList<>();
    try {
      return new BenchPair(closers, backend, transform, mtu, loops);
    } catch (Exception | Error e) {
      closers.reversed().forEach(Runnable::run);
      throw e;
    }
  }

  /** Of each end. */
  Loops loops() {
    return loops;
  }

  End left() {
    return left;
  }

  End right() {
    return right;
  }

  private End end(NetworkNamespace namespace, int n, List<String> addresses, int mtu)
      throws Exception {
    List<InetSocketAddress> outer = new ArrayList<>();
    for (String address : addresses) {
      ip(namespace, "addr", "add", address + "/24", "dev", "wan");
      outer.add(new InetSocketAddress(address, 4500));
    }
    ip(namespace, "link", "set", "wan", "up");
    DatapathConfig config =
        DatapathConfig.of(
                new Tun.Options("bench", 1, mtu, true),
                outer.stream().map(local -> new Endpoint(local, Kind.ESP_IN_UDP)).toList())
            .withLoops(loops);
    List<LoopThread> before = LoopThread.all();
    Datapath datapath = namespace.call(() -> Datapath.open(config, () -> {}));
    closers.add(datapath::close);
    datapath.publish(Snapshot.EMPTY).join(); // its threads run from here on
    List<LoopThread> own = new ArrayList<>(LoopThread.all());
    own.removeAll(before);
    own.removeIf(thread -> !thread.name().startsWith("twinspan-"));
    List<InetAddress> inner = new ArrayList<>();
    for (int t = 0; t < TUNNELS; t++) {
      inner.add(InetAddress.getByName("10.%d.%d.1".formatted(n, t)));
      ip(namespace, "addr", "add", "10.%d.%d.1/24".formatted(n, t), "dev", "bench");
      ip(namespace, "route", "add", "10.%d.%d.0/24".formatted(3 - n, t), "dev", "bench");
    }
    return new End(namespace, datapath, outer, inner, own);
  }

  static void ip(NetworkNamespace namespace, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    namespace.call(() -> Exec.run(command).orThrow());
  }

  private static byte[] key(EspTransform transform) {
    byte[] key = new byte[transform.keyMaterialLength()];
    RANDOM.nextBytes(key);
    return key;
  }

  private static TunnelPath path(int tunnel, End end, End other, OutboundSa sending) {
    return new TunnelPath(
        tunnel, "bench", outer(end, tunnel), outer(other, tunnel), sending, 65535, 0);
  }

  /** The box has one address for both tunnels. */
  private static InetSocketAddress outer(End end, int tunnel) {
    return end.outer().get(Math.min(tunnel, end.outer().size() - 1));
  }

  /**
   * @param direction 1: from the left, 2: from the right
   */
  private static SaParameters parameters(EspTransform transform, int tunnel, int direction)
      throws Exception {
    List<Selector> any =
        List.of(
            new Selector(
                0,
                0,
                65535,
                InetAddress.getByName("0.0.0.0"),
                InetAddress.getByName("255.255.255.255")));
    return new SaParameters(tunnel, 0x1000 * (tunnel + 1) + direction, transform, true, any, any);
  }

  private static void publish(
      End end, List<InboundSa> receiving, List<TunnelPath> paths, End other) {
    List<Route> routes = new ArrayList<>();
    for (TunnelPath path : paths) {
      routes.add(
          new Route(
              other.inner().get(path.id()), 32, EcmpGroup.of("tunnel " + path.id(), path.id())));
    }
    end.datapath().publish(new Snapshot(1, receiving, paths, routes)).join();
  }

  @Override
  public String name() {
    return "twinspan";
  }

  @Override
  public String version() {
    return BuildInfo.load().version();
  }

  @Override
  public List<InnerPath> paths() {
    List<InnerPath> paths = new ArrayList<>();
    for (int t = 0; t < TUNNELS; t++) {
      paths.add(
          new InnerPath(
              left.namespace(), left.inner().get(t), right.namespace(), right.inner().get(t)));
    }
    return paths;
  }

  /** The same two machines, past the tunnels. */
  InnerPath wire() {
    return new InnerPath(
        left.namespace(),
        left.outer().getFirst().getAddress(),
        right.namespace(),
        right.outer().getFirst().getAddress());
  }

  @Override
  public Spent spent() {
    return new Spent(left.nanos(), right.nanos());
  }

  @Override
  public void close() {
    closers.reversed().forEach(Runnable::run);
  }
}
