package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.DatapathConfig.Endpoint;
import dev.twinspan.datapath.DatapathConfig.Kind;
import dev.twinspan.datapath.DatapathConfig.Loops;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.KernelException;
import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.Tun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Two datapaths in two network namespaces joined by a veth pair: 192.0.2.1 and 192.0.2.2 (and
 * 2001:db8::1, ::2) outside; 10.1.0.1, fd01::1 and 10.2.0.1, fd02::1 inside, on the TUNs.
 */
final class KernelPair implements AutoCloseable {
  /** What the ends are like. */
  record Setup(
      String backend,
      EspTransform transform,
      OffloadSwitches offloads,
      Loops loops,
      int tunnels,
      boolean raw,
      boolean outerIpv6) {
    static Setup of(EspTransform transform) {
      return new Setup("auto", transform, OffloadSwitches.ALL, Loops.ONE, 1, false, false);
    }

    Setup withoutOffloads() {
      return with(OffloadSwitches.NONE);
    }

    Setup with(OffloadSwitches switches) {
      return new Setup(backend, transform, switches, loops, tunnels, raw, outerIpv6);
    }

    Setup withThreads(int n) {
      return with(new Loops(1, n, 0, 0), tunnels);
    }

    Setup withLoops(int n, int carrying) {
      return with(new Loops(n, 1, 0, 0), carrying);
    }

    Setup withBusyPoll(int micros) {
      return with(new Loops(1, 1, 0, micros), tunnels);
    }

    private Setup with(Loops other, int carrying) {
      return new Setup(backend, transform, offloads, other, carrying, raw, outerIpv6);
    }

    Setup on(String name) {
      return new Setup(name, transform, offloads, loops, tunnels, raw, outerIpv6);
    }

    Setup overProtocol50() {
      return new Setup(backend, transform, offloads, loops, tunnels, true, outerIpv6);
    }

    Setup overIpv6() {
      return new Setup(backend, transform, offloads, loops, tunnels, raw, true);
    }
  }

  final End left;
  final End right;
  private final Setup setup;
  private final EspBackend backend;
  private int nextSpi = 0x2000;

  /** One side. */
  static final class End {
    final NetworkNamespace namespace;
    final Datapath datapath;
    final InetSocketAddress outer;
    final InetAddress inner4;
    final InetAddress inner6;
    final List<InboundSa> inbound = new ArrayList<>();
    final List<OutboundSa> outbound = new ArrayList<>();
    private long generation;

    End(NetworkNamespace namespace, Setup setup, int n) throws IOException {
      this.namespace = namespace;
      String host = setup.outerIpv6 ? "2001:db8::" + n : "192.0.2." + n;
      outer = new InetSocketAddress(InetAddress.getByName(host), 4500);
      inner4 = InetAddress.getByName("10." + n + ".0.1");
      inner6 = InetAddress.getByName("fd0" + n + "::1");
      DatapathConfig config =
          DatapathConfig.of(
                  new Tun.Options("tw" + n, 1, 1400, true),
                  List.of(
                      new Endpoint(outer, Kind.ESP_IN_UDP),
                      new Endpoint(new InetSocketAddress("0.0.0.0", 500), Kind.IKE)))
              .withOffloads(setup.offloads)
              .withLoops(setup.loops)
              .withRawEsp(setup.raw);
      datapath = namespace.call(() -> Datapath.open(config, () -> {}));
      int other = 3 - n;
      inside("ip addr add 10." + n + ".0.1/24 dev tw" + n);
      inside("ip addr add fd0" + n + "::1/64 dev tw" + n + " nodad");
      inside("ip route add 10." + other + ".0.0/16 dev tw" + n);
      inside("ip route add fd0" + other + "::/64 dev tw" + n);
    }

    String inside(String command) {
      return namespace.call(() -> run(command));
    }

    /**
     * What an interface counted, super-packets as one.
     *
     * @param way {@code rx} or {@code tx}, as the kernel sees it
     */
    long packets(String device, String way) {
      Pattern count = Pattern.compile("\"" + way + "\":\\{\"bytes\":\\d+,\"packets\":(\\d+)");
      Matcher found = count.matcher(inside("ip -s -j link show dev " + device));
      assertThat(found.find()).isTrue();
      return Long.parseLong(found.group(1));
    }
  }

  KernelPair(Setup setup) throws IOException {
    this.setup = setup;
    backend = TestBackend.of(setup.backend);
    NetworkNamespace one = namespaceOrSkip();
    NetworkNamespace two = namespaceOrSkip();
    one.call(() -> run("ip link add wan1 type veth peer name wan2 netns " + two.path()));
    for (int n = 1; n <= 2; n++) {
      NetworkNamespace namespace = n == 1 ? one : two;
      String dev = "wan" + n;
      namespace.call(() -> run("ip addr add 192.0.2." + dev.charAt(3) + "/24 dev " + dev));
      namespace.call(
          () -> run("ip addr add 2001:db8::" + dev.charAt(3) + "/64 dev " + dev + " nodad"));
      namespace.call(() -> run("ip link set " + dev + " up"));
    }
    left = new End(one, setup, 1);
    right = new End(two, setup, 2);
    for (int tunnel = 0; tunnel < setup.tunnels; tunnel++) {
      left.outbound.add(null);
      right.outbound.add(null);
      rekey(left, right, tunnel);
      rekey(right, left, tunnel);
    }
    publish(right);
    publish(left);
  }

  /** Drops that a test in a quiet place must not see; TCP would hide them. */
  List<DropReason> lost() {
    return Stream.of(left, right)
        .map(end -> end.datapath.counters())
        .flatMap(c -> Stream.of(c.in(), c.out()))
        .flatMap(c -> c.drops().keySet().stream())
        .toList();
  }

  private static NetworkNamespace namespaceOrSkip() {
    try {
      return NetworkNamespace.create();
    } catch (KernelException e) {
      return Assumptions.abort("no network namespace for this test: " + e.getMessage());
    }
  }

  /** A new SA for one direction, beside the old ones; not published yet. */
  InboundSa rekey(End from, End to) {
    return rekey(from, to, 0);
  }

  InboundSa rekey(End from, End to, int tunnel) {
    int spi = nextSpi++;
    SaParameters parameters =
        new SaParameters(tunnel, spi, setup.transform, false, TwoEnds.ANY, TwoEnds.ANY);
    byte[] keys = Packets.bytes(setup.transform.keyMaterialLength(), spi);
    InboundSa receiving =
        InboundSa.open(backend, parameters, keys, InboundSa.DEFAULT_REPLAY_WINDOW);
    to.inbound.add(receiving);
    from.outbound.set(tunnel, OutboundSa.open(backend, parameters, keys));
    return receiving;
  }

  void publish(End end) {
    End other = end == left ? right : left;
    InetSocketAddress remote =
        setup.raw ? new InetSocketAddress(other.outer.getAddress(), 0) : other.outer;
    List<TunnelPath> paths = new ArrayList<>();
    int[] ids = new int[setup.tunnels];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i;
      paths.add(new TunnelPath(i, "t" + i, end.outer, remote, end.outbound.get(i), 1400, 1350));
    }
    end.datapath.publish(
        new Snapshot(
            ++end.generation,
            List.copyOf(end.inbound),
            paths,
            dev.twinspan.datapath.End.everything(EcmpGroup.of("all", ids))));
  }

  static String run(String command) {
    try {
      Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
      return output;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    for (End end : List.of(left, right)) {
      end.datapath.close();
      end.namespace.close();
    }
  }
}
