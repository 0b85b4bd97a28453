package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.FlowMemory;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.offload.MemoryLan;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.worker.Exchange;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two loops of the left box, turned by hand: tunnel 0 is the first one's, tunnel 1 the second's,
 * and all flows go to tunnel 1.
 */
class ExchangeTest {
  private static final byte[] OUT =
      Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, Packets.bytes(600, 1));
  private static final byte[] BACK =
      Packets.udp("10.10.0.1", "192.168.50.9", 2, 1, Packets.bytes(600, 2));

  private final TwoEnds ends =
      new TwoEnds(
          EspBackends.choose("auto").backend(),
          EspTransform.AES_GCM_256,
          false,
          2,
          End.Options.USUAL);
  private final Published published = new Published();
  private final SnapshotCompiler compiler = new SnapshotCompiler(List.<Wan>copyOf(ends.left.wans));
  private final List<MemoryLan> lans = List.of(new MemoryLan(true), new MemoryLan(true));
  private final List<TrafficCounters> inCounts =
      List.of(new TrafficCounters(), new TrafficCounters());
  private final List<TrafficCounters> outCounts =
      List.of(new TrafficCounters(), new TrafficCounters());
  private final List<Inbound> in = new ArrayList<>();
  private final List<Outbound> out = new ArrayList<>();
  private final int[] inWakes = new int[2];
  private final int[] outWakes = new int[2];
  private long generation;

  @BeforeEach
  void openLoops() {
    List<Exchange> inward = Exchange.among(2, 0);
    List<Exchange> outward = Exchange.among(2, 0);
    Exchange.wakes(inward, List.of(() -> inWakes[0]++, () -> inWakes[1]++));
    Exchange.wakes(outward, List.of(() -> outWakes[0]++, () -> outWakes[1]++));
    FlowHash hash = new FlowHash(7);
    FlowMemory flows = new FlowMemory();
    IkeQueue ike = new IkeQueue(4, () -> {});
    ProbeBoard probes = new ProbeBoard(1);
    for (int i = 0; i < 2; i++) {
      in.add(
          new Inbound(
              lans.get(i), published, true, () -> 1, inCounts.get(i), ike, probes, inward.get(i)));
      out.add(
          new Outbound(
              lans.get(i),
              published,
              Dscp.COPY,
              true,
              hash,
              flows,
              outward.get(i),
              () -> 1,
              outCounts.get(i)));
    }
    publish();
  }

  @AfterEach
  void close() {
    ends.close();
  }

  private void publish() {
    List<Route> routes = End.everything(EcmpGroup.of("second", 1));
    published.set(
        compiler
            .compile(
                new Snapshot(
                    ++generation,
                    List.copyOf(ends.left.inbound),
                    List.copyOf(ends.left.tunnels),
                    routes))
            .generation());
  }

  private MemoryWan second() {
    return ends.left.wans.get(1);
  }

  @Test
  void shouldSendByTheLoopThatOwnsTheTunnel() {
    lans.getFirst().send(OUT);
    out.getFirst().turn();
    assertThat(second().out.size()).isZero();
    assertThat(outWakes).containsExactly(0, 1);

    out.get(1).turn();

    assertThat(second().out.size()).isEqualTo(1);
    assertThat(outCounts.getFirst().packets()).isZero();
    assertThat(outCounts.get(1).packets()).isEqualTo(1);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactly(OUT);
  }

  @Test
  void shouldHandNothingOverThatIsItsOwn() {
    lans.get(1).send(OUT);
    out.get(1).turn();
    assertThat(second().out.size()).isEqualTo(1);
    assertThat(outWakes).containsExactly(0, 0);
  }

  /** A super-packet of 60,000 bytes, numbered in its first ones. */
  private static byte[] large(int number) {
    byte[] data = Packets.bytes(60_000, number);
    byte[] whole = Packets.udp("192.168.50.9", "10.10.0.1", 5, 80, data);
    int pseudo = Packets.sum(whole, 12, 20, 0) + 17 + whole.length - 20;
    ByteBuffer.wrap(whole).putShort(26, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    return whole;
  }

  @Test
  void shouldReadNoMoreWhileTheOwnerIsBehindAndLoseNothing() {
    int segments = 60_000 / 1200;
    int packets = 40;
    for (int i = 0; i < packets; i++) {
      lans.getFirst().sendSuper(large(i), VnetHeader.GSO_UDP_L4, 1200, 28, 20, 6);
    }
    assertThat(out.getFirst().turn()).as("it waits").isFalse();
    assertThat(out.getFirst().turn()).isFalse();
    assertThat(outWakes[0]).isZero();
    List<byte[]> received = new ArrayList<>();
    for (int turn = 0; turn < 100 && received.size() < packets * segments; turn++) {
      out.get(1).turn();
      out.getFirst().turn();
      ends.right.pumpIn();
      received.addAll(ends.right.lan.received());
    }
    assertThat(outWakes[0]).as("told that there is room").isPositive();
    assertThat(received).hasSize(packets * segments);
    for (int i = 0; i < received.size(); i++) {
      byte[] expected = Packets.bytes(60_000, i / segments);
      int at = i % segments * 1200;
      assertThat(ByteBuffer.wrap(received.get(i), 28, 1200))
          .isEqualTo(ByteBuffer.wrap(expected, at, 1200));
    }
    assertThat(outCounts).allSatisfy(count -> assertThat(count.drops()).isEmpty());
  }

  /** What is cut has no room in the ring: others' packets lie behind it. */
  @Test
  void shouldFragmentWhatAnotherLoopRead() {
    TunnelPath path = ends.left.tunnels.get(1);
    ends.left.tunnels.set(
        1, new TunnelPath(1, path.name(), path.local(), path.remote(), path.outbound(), 576, 0));
    publish();
    byte[] long1 = fragmentable(1300);
    byte[] brief = fragmentable(300);
    byte[] long2 = fragmentable(1301);
    for (byte[] packet : List.of(long1, brief, long2)) {
      lans.get(1).send(packet);
    }
    out.get(1).turn();
    ends.right.pumpIn();
    List<byte[]> own = ends.right.lan.received();
    assertThat(own).hasSize(3 + 1 + 3);
    for (byte[] packet : List.of(long1, brief, long2)) {
      lans.getFirst().send(packet);
    }
    out.getFirst().turn();
    out.get(1).turn();
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactlyElementsOf(own);
  }

  private static byte[] fragmentable(int bytes) {
    byte[] data = Packets.bytes(bytes, bytes);
    return Packets.withFragment(Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, data), bytes, 0);
  }

  private void cameToTheFirst() {
    while (in.getFirst().from(second()).turn()) {}
  }

  private void back(byte[]... packets) {
    ends.right.routes = End.everything(EcmpGroup.of("second", 1));
    ends.right.publish();
    for (byte[] packet : packets) {
      ends.right.lan.send(packet);
    }
    ends.right.pumpOut();
  }

  @Test
  void shouldDeliverByTheLoopThatOwnsTheTunnel() {
    back(BACK, BACK, BACK);
    cameToTheFirst();
    assertThat(lans.getFirst().received()).isEmpty();
    assertThat(inWakes[1]).isPositive();

    in.get(1).handedOver().turn();

    assertThat(lans.get(1).received()).containsExactly(BACK, BACK, BACK);
    assertThat(inCounts.get(1).packets()).isEqualTo(3);
    assertThat(compiler.counters().get(1).in().packets()).isEqualTo(3);
    assertThat(ends.left.inbound.getLast().lastSource()).isEqualTo(second().peer());
  }

  @Test
  void shouldReceiveNoMoreWhileTheOwnerIsBehindAndLoseNothing() {
    int rounds = 40;
    for (int i = 0; i < rounds; i++) {
      byte[][] packets = new byte[50][];
      Arrays.fill(packets, BACK);
      back(packets);
    }
    cameToTheFirst();
    assertThat(second().in.size()).as("left in the socket").isPositive();
    List<byte[]> received = new ArrayList<>();
    for (int turn = 0; turn < 100 && received.size() < rounds * 50; turn++) {
      boolean more = in.get(1).handedOver().turn();
      received.addAll(lans.get(1).received());
      if (!more && inWakes[0] > 0) {
        inWakes[0] = 0;
        assertThat(in.getFirst().handedOver().turn()).as("the sockets' turn").isTrue();
        cameToTheFirst();
      }
    }
    assertThat(received).hasSize(rounds * 50).allSatisfy(p -> assertThat(p).isEqualTo(BACK));
    assertThat(inCounts).allSatisfy(count -> assertThat(count.drops()).isEmpty());
  }

  /** What comes before its SA waits where it came to. */
  @Test
  void shouldHandOverWhatCameEarly() {
    InboundSa later = ends.rekey(ends.right, ends.left, 1, TwoEnds.ANY, TwoEnds.ANY, 0);
    ends.left.inbound.remove(later);
    in.getFirst().awaited(AwaitedSas.of(Map.of(later.spi(), address(second().peer())), () -> {}));
    back(BACK, BACK);
    cameToTheFirst();
    assertThat(inWakes[1]).isZero();

    ends.left.inbound.add(later);
    publish();
    in.getFirst().adopt();
    in.get(1).handedOver().turn();

    assertThat(lans.get(1).received()).containsExactly(BACK, BACK);
  }

  private static InetAddress address(java.net.InetSocketAddress socket) {
    return socket.getAddress();
  }

  @Test
  void shouldDropWhatIsHandedOverForAnSaThatIsGone() {
    back(BACK);
    cameToTheFirst();
    ends.left.inbound.removeLast();
    publish();
    in.get(1).handedOver().turn();
    assertThat(lans.get(1).received()).isEmpty();
    assertThat(inCounts.get(1).drops(DropReason.UNKNOWN_SPI)).isEqualTo(1);
  }
}
