package dev.twinspan.agent.bench;

import dev.twinspan.datapath.BareRelay;
import dev.twinspan.datapath.DatapathConfig;
import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.Tun;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link BareRelay} at both ends of a {@link BenchPair}, beside its tunnels: what the kernel
 * takes for the same system calls where there is no ESP.
 *
 * <pre>
 *   10.1.9.1 TUN ── left ── 192.0.2.1:4501 ════ veth ════ 192.0.2.2:4501 ── right ── TUN 10.2.9.1
 * </pre>
 */
final class BarePair implements AutoCloseable {
  private static final int PORT = 4501;
  private static final String DEVICE = "bare";

  private record End(BareRelay relay, InetAddress inner, LoopThread in, LoopThread out) {}

  private final List<BareRelay> relays = new ArrayList<>();
  private final BenchPair.End left;
  private final BenchPair.End right;
  private final End near;
  private final End far;

  private BarePair(BenchPair beside, EspTransform transform, int mtu) throws Exception {
    left = beside.left();
    right = beside.right();
    near = end(left, 1, right, transform, mtu);
    far = end(right, 2, left, transform, mtu);
  }

  /**
   * @param mtu of the inner packets
   * @throws dev.twinspan.ffi.linux.KernelException when a TUN or a socket is refused
   */
  static BarePair open(BenchPair beside, EspTransform transform, int mtu) throws Exception {
    return new BarePair(beside, transform, mtu);
  }

  private End end(
      BenchPair.End machine, int n, BenchPair.End other, EspTransform transform, int mtu)
      throws Exception {
    DatapathConfig config =
        DatapathConfig.of(
            new Tun.Options(DEVICE, 1, mtu, true),
            List.of(new Endpoint(at(machine), Kind.ESP_IN_UDP)));
    List<LoopThread> before = LoopThread.all();
    try {
      BareRelay relay =
          machine.namespace().call(() -> BareRelay.open(config, at(other), transform));
      relays.add(relay);
      List<LoopThread> own = new ArrayList<>(LoopThread.all());
      own.removeAll(before);
      BenchPair.ip(machine.namespace(), "addr", "add", "10.%d.9.1/24".formatted(n), "dev", DEVICE);
      BenchPair.ip(
          machine.namespace(), "route", "add", "10.%d.9.0/24".formatted(3 - n), "dev", DEVICE);
      return new End(
          relay,
          InetAddress.getByName("10.%d.9.1".formatted(n)),
          LoopThread.named(own, "bare-in"),
          LoopThread.named(own, "bare-out"));
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  private static InetSocketAddress at(BenchPair.End machine) {
    return new InetSocketAddress(machine.outer().getFirst().getAddress(), PORT);
  }

  InnerPath path() {
    return new InnerPath(left.namespace(), near.inner(), right.namespace(), far.inner());
  }

  /** What the near end sends. */
  OneFlow.Watch sent() {
    return new OneFlow.Watch(near.relay().out(), near.out());
  }

  /** What the far end receives. */
  OneFlow.Watch received() {
    return new OneFlow.Watch(far.relay().in(), far.in());
  }

  @Override
  public void close() {
    relays.forEach(BareRelay::close);
    relays.clear();
  }
}
