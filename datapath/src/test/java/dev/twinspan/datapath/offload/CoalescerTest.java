package dev.twinspan.datapath.offload;

import static dev.twinspan.datapath.packet.Packets.ACK;
import static dev.twinspan.datapath.packet.Packets.PSH;
import static dev.twinspan.datapath.packet.Packets.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescerTest {
  private static final String A = "10.0.0.1";
  private static final String B = "10.0.0.2";

  private final MemorySegment buffer = Arena.ofAuto().allocate(1 << 20);
  private final PacketView view = new PacketView();
  private final RecordingLan lan = new RecordingLan();
  private final TrafficCounters counters = new TrafficCounters();

  /** Puts the packets into the buffer, through the coalescer, and gives what was written. */
  private List<byte[]> writes(boolean verified, List<byte[]> packets) {
    lan.written.clear();
    Coalescer coalescer = new Coalescer(new GsoWriter(lan, buffer, counters), true, true);
    long at = 64;
    for (byte[] packet : packets) {
      MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, at, packet.length);
      assertThat(view.parse(buffer, at, packet.length)).isTrue();
      coalescer.add(buffer, at, view, verified);
      at += packet.length + 40;
    }
    coalescer.flush();
    return lan.written;
  }

  private List<byte[]> writes(byte[]... packets) {
    return writes(true, List.of(packets));
  }

  private static byte[] tcp(String from, String to, int seq, int flags, int size) {
    return Packets.tcp(from, to, 1000, 80, seq, flags, bytes(size, seq));
  }

  static Stream<String[]> families() {
    return Stream.of(new String[] {A, B}, new String[] {"fd00::1", "fd00::2"});
  }

  @ParameterizedTest
  @MethodSource("families")
  void shouldJoinTcpSegmentsThatFollowEachOther(String from, String to) {
    byte[][] segments = {
      tcp(from, to, 1000, ACK, 100),
      tcp(from, to, 1100, ACK, 100),
      tcp(from, to, 1200, ACK | PSH, 60)
    };
    List<byte[]> written = writes(segments);
    assertThat(written).hasSize(1);
    assertThat(VnetHeader.gsoSize(Packets.offHeap(written.getFirst()), 0)).isEqualTo(100);
    assertThat(Resegment.cut(written.getFirst())).containsExactly(segments);
    assertThat(counters.packets()).isEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("families")
  void shouldJoinUdpDatagramsOfEqualSize(String from, String to) {
    byte[][] datagrams = {
      Packets.udp(from, to, 7, 8, bytes(100, 1)),
      Packets.udp(from, to, 7, 8, bytes(100, 2)),
      Packets.udp(from, to, 7, 8, bytes(30, 3)),
      Packets.udp(from, to, 7, 8, bytes(30, 4))
    };
    List<byte[]> written = writes(datagrams);
    assertThat(written).hasSize(2);
    assertThat(written.stream().flatMap(w -> Resegment.cut(w).stream())).containsExactly(datagrams);
  }

  @Test
  void shouldKeepInterleavedFlowsApart() {
    byte[] a1 = tcp(A, B, 1, ACK, 50);
    byte[] b1 = tcp(B, A, 1, ACK, 50);
    byte[] a2 = tcp(A, B, 51, ACK, 50);
    byte[] b2 = tcp(B, A, 51, ACK, 50);
    List<byte[]> written = writes(a1, b1, a2, b2);
    assertThat(written).hasSize(2);
    assertThat(Resegment.cut(written.get(0))).containsExactly(a1, a2);
    assertThat(Resegment.cut(written.get(1))).containsExactly(b1, b2);
  }

  static Stream<byte[]> strangers() {
    byte[] next = tcp(A, B, 101, ACK, 100);
    byte[] fin = tcp(A, B, 101, ACK | 1, 100);
    byte[] urgent = tcp(A, B, 101, ACK | 0x20, 100);
    byte[] cwr = tcp(A, B, 101, ACK | 0x80, 100);
    byte[] gap = tcp(A, B, 102, ACK, 100);
    byte[] longer = tcp(A, B, 101, ACK, 101);
    byte[] empty = tcp(A, B, 101, ACK, 0);
    byte[] otherAck = Packets.tcp(A, B, 1000, 80, 101, 2, ACK, new byte[0], bytes(100, 101));
    byte[] options =
        Packets.tcp(A, B, 1000, 80, 101, 1, ACK, new byte[] {1, 1, 1, 1}, bytes(100, 101));
    byte[] reserved = next.clone();
    reserved[32] |= 1;
    byte[] ttl = next.clone();
    ttl[8]--;
    Packets.fixIpv4Checksum(ttl);
    return Stream.of(
        fin,
        urgent,
        cwr,
        gap,
        longer,
        empty,
        otherAck,
        options,
        reserved,
        ttl,
        Packets.withTos(next, 3),
        Packets.withFragment(next, 5, 0x4000),
        Packets.withFragment(next, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void shouldPassAloneWhatDoesNotFollow(byte[] stranger) {
    byte[] first = tcp(A, B, 1, ACK, 100);
    List<byte[]> written = writes(first, stranger);
    assertThat(written).hasSize(2);
    assertThat(Resegment.cut(written.get(0))).containsExactly(first);
    assertThat(Resegment.cut(written.get(1))).containsExactly(stranger);
  }

  @Test
  void shouldNotHideADamagedIpHeader() {
    byte[] damaged = tcp(A, B, 101, ACK, 100);
    damaged[10] ^= 1;
    List<byte[]> written = writes(tcp(A, B, 1, ACK, 100), damaged);
    assertThat(written).hasSize(2);
    assertThat(Resegment.packet(written.get(1))).isEqualTo(damaged);
  }

  @Test
  void shouldNotVouchForAChecksumItDoesNotKnow() {
    byte[] first = tcp(A, B, 1, ACK, 100);
    List<byte[]> written = writes(false, List.of(first, tcp(A, B, 101, ACK, 100)));
    assertThat(written).hasSize(2);
    assertThat(written.getFirst()[0]).as("flags").isZero();
    assertThat(Resegment.packet(written.getFirst())).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void shouldJoinWithoutDfOnlyWhenIdsCount(int step) {
    byte[] first = Packets.withFragment(tcp(A, B, 1, ACK, 100), 7, 0);
    byte[] second = Packets.withFragment(tcp(A, B, 101, ACK, 100), 7 + step, 0);
    assertThat(writes(first, second)).hasSize(2 - step);
  }

  @Test
  void shouldStopAtTheLimitsOfOneWrite() {
    List<byte[]> small = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      small.add(tcp(A, B, 1 + i * 10, ACK, 10));
    }
    List<byte[]> written = writes(true, small);
    assertThat(written).hasSize(2);
    assertThat(Resegment.cut(written.getFirst())).hasSize(64);

    List<byte[]> large = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      large.add(tcp(A, B, 1 + i * 1400, ACK, 1400));
    }
    written = writes(true, large);
    assertThat(written).hasSize(2);
    assertThat(written).allMatch(w -> w.length <= 65535 + VnetHeader.LENGTH);
    assertThat(written.stream().flatMap(w -> Resegment.cut(w).stream()))
        .containsExactlyElementsOf(large);
  }

  /** Whatever is mixed: cut again, each flow's packets are the same, in the same order. */
  @Property(tries = 500)
  void shouldNeitherChangeNorReorderAFlow(@ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> sent = new ArrayList<>();
    int[] seq = new int[12];
    for (int i = 0; i < 150; i++) {
      int flow = random.nextInt(seq.length);
      String to = flow % 2 == 0 ? "10.0.1." + flow : "fd00::" + flow;
      String from = flow % 2 == 0 ? A : "fd00::99";
      int size = random.nextInt(5) == 0 ? random.nextInt(100) : 100;
      if (flow < 8) {
        int flags = ACK | (random.nextInt(10) == 0 ? PSH : 0) | (random.nextInt(40) == 0 ? 1 : 0);
        sent.add(tcp(from, to, seq[flow], flags, size));
        seq[flow] += size + (random.nextInt(15) == 0 ? 7 : 0);
      } else if (flow < 11) {
        sent.add(Packets.udp(from, to, 5, 6, bytes(size, i)));
      } else {
        sent.add(Packets.ip(from, to, 47, 0, bytes(size, i)));
      }
    }
    List<byte[]> got = writes(true, sent).stream().flatMap(w -> Resegment.cut(w).stream()).toList();
    for (int flow = 0; flow < seq.length; flow++) {
      byte[] to = Packets.address(flow % 2 == 0 ? "10.0.1." + flow : "fd00::" + flow);
      assertThat(ofFlow(got, to)).containsExactlyElementsOf(ofFlow(sent, to));
    }
  }

  private static List<byte[]> ofFlow(List<byte[]> packets, byte[] to) {
    return packets.stream()
        .filter(p -> Packets.isIpv6(p) == (to.length == 16))
        .filter(p -> endsWith(p, to.length == 16 ? 40 : 20, to))
        .toList();
  }

  private static boolean endsWith(byte[] packet, int end, byte[] address) {
    return java.util.Arrays.equals(packet, end - address.length, end, address, 0, address.length);
  }
}
