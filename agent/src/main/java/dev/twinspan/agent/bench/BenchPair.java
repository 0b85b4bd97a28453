package dev.twinspan.agent.bench;

import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.datapath.Datapath;
import dev.twinspan.datapath.DatapathConfig;
import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
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
import java.util.concurrent.Callable;

/**
 * Two ends of one tunnel on this machine, each the product's datapath in a network namespace of its
 * own, with a loop for each direction. Nothing of it is left when it is closed.
 *
 * <pre>
 *   10.1.0.1 TUN ── left ── 192.0.2.1 ════ veth ════ 192.0.2.2 ── right ── TUN 10.2.0.1
 * </pre>
 */
final class BenchPair implements AutoCloseable {
  private static final EcmpGroup ALL = EcmpGroup.of("all", 0);
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * One end.
   *
   * @param in the thread that receives from the tunnel
   * @param out the thread that sends into it
   */
  record End(
      NetworkNamespace namespace,
      Datapath datapath,
      InetSocketAddress outer,
      InetAddress inner,
      LoopThread in,
      LoopThread out) {
    <T> T inside(Callable<T> task) {
      return namespace.call(task);
    }
  }

  private final List<Runnable> closers;
  private final End left;
  private final End right;

  private BenchPair(List<Runnable> closers, EspBackend backend, EspTransform transform, int mtu)
      throws Exception {
    this.closers = closers;
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
    left = end(one, 1, mtu);
    right = end(two, 2, mtu);
    byte[] there = key(transform);
    byte[] back = key(transform);
    publish(left, right, sa(backend, transform, 1, there), in(backend, transform, 2, back));
    publish(right, left, sa(backend, transform, 2, back), in(backend, transform, 1, there));
    Arrays.fill(there, (byte) 0);
    Arrays.fill(back, (byte) 0);
  }

  /**
   * @param mtu of the inner packets
   * @throws dev.twinspan.ffi.linux.KernelException when a namespace, a TUN or a socket is refused
   */
  static BenchPair open(EspBackend backend, EspTransform transform, int mtu) throws Exception {
    List<Runnable> closers = new ArrayList<>();
    try {
      return new BenchPair(closers, backend, transform, mtu);
    } catch (Exception | Error e) {
      closers.reversed().forEach(Runnable::run);
      throw e;
    }
  }

  End left() {
    return left;
  }

  End right() {
    return right;
  }

  private End end(NetworkNamespace namespace, int n, int mtu) throws Exception {
    ip(namespace, "addr", "add", "192.0.2." + n + "/24", "dev", "wan");
    ip(namespace, "link", "set", "wan", "up");
    InetSocketAddress outer = new InetSocketAddress("192.0.2." + n, 4500);
    DatapathConfig config =
        DatapathConfig.of(
                new Tun.Options("bench", 1, mtu, true),
                List.of(new Endpoint(outer, Kind.ESP_IN_UDP)))
            .withThreads(2);
    List<LoopThread> before = LoopThread.all();
    Datapath datapath = namespace.call(() -> Datapath.open(config, () -> {}));
    closers.add(datapath::close);
    datapath.publish(Snapshot.EMPTY).join(); // both threads run from here on
    List<LoopThread> own = new ArrayList<>(LoopThread.all());
    own.removeAll(before);
    ip(namespace, "addr", "add", "10." + n + ".0.1/24", "dev", "bench");
    ip(namespace, "route", "add", "10." + (3 - n) + ".0.0/24", "dev", "bench");
    InetAddress inner = InetAddress.getByName("10." + n + ".0.1");
    return new End(
        namespace,
        datapath,
        outer,
        inner,
        LoopThread.named(own, "twinspan-in"),
        LoopThread.named(own, "twinspan-out"));
  }

  private static void ip(NetworkNamespace namespace, String... arguments) {
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

  private static OutboundSa sa(EspBackend backend, EspTransform transform, int spi, byte[] key)
      throws Exception {
    return OutboundSa.open(backend, parameters(transform, spi), key);
  }

  private static InboundSa in(EspBackend backend, EspTransform transform, int spi, byte[] key)
      throws Exception {
    return InboundSa.open(
        backend, parameters(transform, spi), key, InboundSa.DEFAULT_REPLAY_WINDOW);
  }

  private static SaParameters parameters(EspTransform transform, int spi) throws Exception {
    List<Selector> any =
        List.of(
            new Selector(
                0,
                0,
                65535,
                InetAddress.getByName("0.0.0.0"),
                InetAddress.getByName("255.255.255.255")));
    return new SaParameters(0, 0x1000 + spi, transform, true, any, any);
  }

  private static void publish(End end, End other, OutboundSa sending, InboundSa receiving)
      throws Exception {
    TunnelPath path = new TunnelPath(0, "bench", end.outer(), other.outer(), sending, 65535, 0);
    Route all = new Route(InetAddress.getByName("0.0.0.0"), 0, ALL);
    end.datapath().publish(new Snapshot(1, List.of(receiving), List.of(path), List.of(all))).join();
  }

  @Override
  public void close() {
    closers.reversed().forEach(Runnable::run);
  }
}
