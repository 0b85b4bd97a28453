package dev.twinspan.datapath;

import static dev.twinspan.datapath.packet.Packets.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.datapath.worker.MemoryWire;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.Errno;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which way a packet leaves, in how many sends, and what happens to those that cannot. */
class OutboundRulesTest {
  private static final byte[] INNER = Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, bytes(99, 1));

  private TwoEnds ends = ends(1, Options.USUAL);

  private static TwoEnds ends(int tunnels, Options options) {
    return new TwoEnds(
        EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, false, tunnels, options);
  }

  @AfterEach
  void close() {
    ends.close();
  }

  private void sends(byte[]... packets) {
    for (byte[] packet : packets) {
      ends.left.lan.send(packet);
    }
    ends.left.pumpOut();
  }

  private void assertDropped(DropReason reason, int packets) {
    assertThat(ends.left.out.drops()).containsOnly(entry(reason, (long) packets));
  }

  @Test
  void shouldPutPacketsOfEqualSizeIntoOneSendAndOneNativeCall() {
    byte[] shorter = Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, bytes(50, 1));
    sends(INNER, INNER, INNER, shorter, INNER);
    MemoryWire wire = ends.leftToRight();
    int esp = EspTransform.AES_GCM_256.packetLength(INNER.length);
    assertThat(wire.size()).isEqualTo(2);
    assertThat(wire.peekSegmentSize(0)).isEqualTo(esp);
    assertThat(wire.peek(0).byteSize())
        .isEqualTo(3 * esp + EspTransform.AES_GCM_256.packetLength(shorter.length));
    assertThat(ends.left.out.batches()).isEqualTo(1);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactly(INNER, INNER, INNER, shorter, INNER);
  }

  @Test
  void shouldPutPacketsOfDifferentFlowsIntoOneSend() {
    byte[][] flows = new byte[64][];
    Arrays.setAll(
        flows, i -> Packets.udp("10.1.0." + i, "10.2.0." + (99 - i), 1 + i, 2, bytes(36, i)));
    sends(flows);
    MemoryWire wire = ends.leftToRight();
    int esp = EspTransform.AES_GCM_256.packetLength(64);
    assertThat(wire.size()).isEqualTo(1);
    assertThat(wire.peekSegmentSize(0)).isEqualTo(esp);
    assertThat(wire.peek(0).byteSize()).isEqualTo(64L * esp);
    assertThat(ends.left.out.batches()).isEqualTo(1);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactlyInAnyOrder(flows);
  }

  @Test
  void shouldKeepOneSendWithinWhatTheKernelTakes() {
    for (int i = 0; i < 60; i++) {
      ends.left.lan.send(INNER);
    }
    byte[] large = Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, bytes(1372, 1));
    sends();
    for (int i = 0; i < 60; i++) {
      ends.left.lan.send(large);
    }
    sends();
    MemoryWire wire = ends.leftToRight();
    for (int i = 0; i < wire.size(); i++) {
      long bytes = wire.peek(i).byteSize();
      assertThat(bytes).isLessThanOrEqualTo(65507);
      assertThat((bytes - 1) / wire.peekSegmentSize(i) + 1).isLessThanOrEqualTo(64);
    }
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).hasSize(120);
  }

  @Test
  void shouldCutASuperPacketOfManySmallSegmentsIntoSeveralSends() {
    byte[] data = bytes(60_000, 3);
    byte[] whole = Packets.udp("10.0.0.1", "10.0.0.2", 5, 80, data);
    int pseudo = Packets.sum(whole, 12, 20, 0) + 17 + whole.length - 20;
    ByteBuffer.wrap(whole).putShort(26, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    ends.left.lan.sendSuper(whole, VnetHeader.GSO_UDP_L4, 100, 28, 20, 6);
    sends();
    assertThat(ends.leftToRight().size()).isEqualTo((600 + 63) / 64);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).hasSize(600);
    assertThat(ends.sending().counters().packets()).isEqualTo(600);
    assertThat(ends.sending().counters().bytes()).isEqualTo(600 * 128);
  }

  @ParameterizedTest
  @CsvSource({"COPY,true,0xBA", "COPY,false,0xB8", "ZERO,true,0x02", "ZERO,false,0x00"})
  void shouldMarkOuterPacketsByPolicy(String dscp, boolean ecn, String expected) {
    ends.close();
    ends = ends(1, new Options(true, dscp.equals("COPY") ? Dscp.COPY : Dscp.ZERO, ecn));
    sends(Packets.withTos(INNER, 0xBA));
    assertThat(ends.leftToRight().peekTos(0)).isEqualTo(Integer.decode(expected));
  }

  /** What the LAN sends when a turn does not empty the queue, the clock 30 ms on at each. */
  private List<Integer> seenWhenBehind(int turns, byte[] packet) {
    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      while (ends.left.lan.fromHosts.size() < 64) {
        ends.left.lan.send(packet);
      }
      ends.left.clock += 30_000_000;
      ends.left.turnOut();
      ends.right.pumpIn();
      ends.right.lan.received().forEach(p -> seen.add(Packets.tos(p)));
      ends.leftToRight().clear();
    }
    return seen;
  }

  @ParameterizedTest
  @CsvSource({
    "192.168.50.9,10.10.0.1,0xBA,0xBB",
    "192.168.50.9,10.10.0.1,0x01,0x03",
    "fd00::9,fd01::1,0xBA,0xBB",
    "fd00::9,fd01::1,0x01,0x03"
  })
  void shouldMarkCongestionOfOurOwn(String from, String to, String tos, String marked) {
    byte[] packet = Packets.withTos(Packets.udp(from, to, 1, 2, bytes(99, 1)), Integer.decode(tos));
    List<Integer> seen = seenWhenBehind(6, packet);
    int first = seen.indexOf(Integer.decode(marked));
    assertThat(first).as("of 64 a turn, after 100 ms").isEqualTo(4 * 64);
    assertThat(seen.subList(first + 1, seen.size())).containsOnly(Integer.decode(tos));
    assertThat(ends.left.out.marked()).isEqualTo(1);
    assertThat(ends.left.tunnelCounters(0).out().marked()).isEqualTo(1);
    assertThat(ends.right.in.drops()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0x00,true", "0x03,true", "0x02,false"})
  void shouldMarkNothingThatCannotCarryIt(String tos, boolean ecn) {
    ends.close();
    ends = ends(1, new Options(true, Dscp.COPY, ecn));
    List<Integer> seen = seenWhenBehind(20, Packets.withTos(INNER, Integer.decode(tos)));
    assertThat(seen).containsOnly(Integer.decode(tos));
    assertThat(ends.left.out.marked()).isZero();
  }

  /** All its segments, and the datagrams they leave in. */
  @Test
  void shouldMarkASuperPacketAsAWhole() {
    byte[] whole = Packets.withTos(Packets.udp("10.0.0.1", "10.0.0.2", 5, 80, bytes(3000, 3)), 2);
    int pseudo = Packets.sum(whole, 12, 20, 0) + 17 + whole.length - 20;
    ByteBuffer.wrap(whole).putShort(26, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    seenWhenBehind(4, Packets.withTos(INNER, 2));
    ends.left.lan.fromHosts.clear();
    ends.left.lan.sendSuper(whole, VnetHeader.GSO_UDP_L4, 1000, 28, 20, 6);
    ends.left.clock += 30_000_000;
    ends.left.turnOut();
    assertThat(ends.leftToRight().peekTos(0)).isEqualTo(3);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).hasSize(3).allMatch(p -> Packets.tos(p) == 3);
  }

  @Test
  void shouldNotMixClassesInOneSend() {
    sends(INNER, Packets.withTos(INNER, 0xB8), INNER);
    assertThat(ends.leftToRight().size()).isEqualTo(3);
    assertThat(ends.leftToRight().peekTos(1)).isEqualTo(0xB8);
  }

  @Test
  void shouldKeepEachFlowOnItsTunnelAndMoveOnlyFlowsOfADeadOne() {
    ends.close();
    ends = ends(2, Options.USUAL);
    byte[][] flows = new byte[60][];
    Arrays.setAll(flows, i -> Packets.udp("10.0.0.1", "10.0.0.2", i + 1, 9, bytes(20, i)));
    int[] before = tunnelOfEach(flows);
    assertThat(Arrays.stream(before).sum()).isBetween(15, 45);
    assertThat(tunnelOfEach(flows)).isEqualTo(before);

    EcmpGroup both = ends.left.routes.getFirst().group();
    ends.left.routes = End.everything(both.without(1));
    ends.left.publish();
    assertThat(tunnelOfEach(flows)).containsOnly(0);

    ends.left.routes = End.everything(both.without(1).with(1, 128));
    ends.left.publish();
    int[] after = tunnelOfEach(flows);
    assertThat(Arrays.stream(after).sum()).isBetween(15, 45);
  }

  private int[] tunnelOfEach(byte[][] flows) {
    int[] tunnels = new int[flows.length];
    for (int i = 0; i < flows.length; i++) {
      sends(flows[i]);
      tunnels[i] = ends.left.wans.get(1).out.size();
      assertThat(ends.left.wans.get(0).out.size() + tunnels[i]).isEqualTo(1);
      ends.left.wans.forEach(wan -> wan.out.clear());
    }
    return tunnels;
  }

  @Test
  void shouldNameTheReasonWhenThereIsNoWay() throws Exception {
    sends(new byte[] {0x45, 0, 0});
    assertDropped(DropReason.LAN_MALFORMED, 1);
    EcmpGroup dead = EcmpGroup.empty("dead");
    ends.left.routes = List.of(new Route(InetAddress.getByName("10.10.0.0"), 16, dead));
    ends.left.publish();
    sends(INNER, Packets.udp("10.0.0.1", "10.11.0.1", 1, 2, bytes(9, 1)));
    assertThat(ends.left.out.drops(DropReason.NO_TUNNEL)).isEqualTo(1);
    assertThat(ends.left.out.drops(DropReason.NO_ROUTE)).isEqualTo(1);
  }

  @Test
  void shouldDropWhileATunnelHasNoSa() {
    TunnelPath path = ends.left.tunnels.getFirst();
    ends.left.tunnels.set(
        0, new TunnelPath(0, path.name(), path.local(), path.remote(), null, 1400, 1350));
    ends.left.publish();
    sends(INNER);
    assertDropped(DropReason.NO_OUTBOUND_SA, 1);
    assertThat(ends.left.tunnelCounters(0).out().drops(DropReason.NO_OUTBOUND_SA)).isEqualTo(1);
  }

  @Test
  void shouldNotSendWhatWasNotNegotiated() {
    ends.rekey(
        ends.left,
        ends.right,
        0,
        List.of(TwoEnds.selector("192.168.50.0", "192.168.50.255")),
        List.of(TwoEnds.selector("10.10.0.0", "10.10.255.255")),
        0);
    ends.left.publish();
    ends.right.publish();
    assertThat(ends.carry(INNER)).containsExactly(INNER);
    sends(
        Packets.udp("192.168.51.1", "10.10.0.1", 1, 2, bytes(9, 1)),
        Packets.udp("192.168.50.1", "10.11.0.1", 1, 2, bytes(9, 1)),
        Packets.udp("fd00::1", "fd00::2", 1, 2, bytes(9, 1)));
    assertDropped(DropReason.OUTBOUND_POLICY, 3);
    assertThat(ends.sending().counters().drops(DropReason.OUTBOUND_POLICY)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fd00::1"})
  void shouldTellTheSenderWhenAPacketIsTooBig(String from) {
    String to = from.equals("fd00::1") ? "fd00::2" : "10.0.0.2";
    TwoEnds.resize(ends.left, 1300, 1250);
    byte[] packet = Packets.udp(from, to, 1, 2, bytes(1300, 1));
    sends(packet);
    assertDropped(DropReason.PACKET_TOO_BIG, 1);
    byte[] reply = ends.left.lan.received().getFirst();
    int at = Packets.isIpv6(reply) ? 46 : 26;
    assertThat(ByteBuffer.wrap(reply).getShort(at)).isEqualTo((short) 1300);
    assertThat(ends.leftToRight().size()).isZero();
  }

  @Test
  void shouldNotFloodTheLanWithErrors() {
    TwoEnds.resize(ends.left, 1300, 1250);
    for (int i = 0; i < 60; i++) {
      ends.left.lan.send(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(1300, 1)));
    }
    sends();
    int told = ends.left.lan.received().size();
    assertThat(told).isEqualTo(20);
    assertThat(ends.left.out.drops(DropReason.PACKET_TOO_BIG)).isEqualTo(20);
    assertThat(ends.left.out.drops(DropReason.PACKET_TOO_BIG_SILENT)).isEqualTo(40);
    ends.left.clock += 50_000_000; // 5 more at 100 a second
    for (int i = 0; i < 10; i++) {
      ends.left.lan.send(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(1300, 1)));
    }
    sends();
    assertThat(ends.left.lan.received()).hasSize(5);
  }

  @Test
  void shouldFragmentWhereDfIsClear() {
    TwoEnds.resize(ends.left, 1300, 1250);
    byte[] data = bytes(2000, 6);
    byte[] packet = Packets.withFragment(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, data), 5, 0);
    List<byte[]> fragments = ends.carry(packet);
    assertThat(fragments).hasSize(2);
    assertThat(ends.left.out.drops()).isEmpty();
    byte[] whole = new byte[packet.length];
    System.arraycopy(packet, 0, whole, 0, 20);
    for (byte[] f : fragments) {
      assertThat(f.length).isLessThanOrEqualTo(1300);
      int offset = (ByteBuffer.wrap(f).getShort(6) & 0x1FFF) * 8;
      System.arraycopy(f, 20, whole, 20 + offset, f.length - 20);
    }
    assertThat(whole).isEqualTo(packet);
  }

  @Test
  void shouldCompleteTheChecksumBeforeFragmenting() {
    TwoEnds.resize(ends.left, 1300, 1250);
    byte[] whole =
        Packets.withFragment(Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(2000, 6)), 5, 0);
    byte[] partial = whole.clone();
    int pseudo = Packets.sum(whole, 12, 20, 0) + 17 + whole.length - 20;
    ByteBuffer.wrap(partial).putShort(26, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
    ends.left.lan.sendPartial(partial, 20, 6);
    ends.carry();
    byte[] first = ends.right.lan.received().getFirst();
    assertThat(Arrays.copyOfRange(first, 20, 28)).isEqualTo(Arrays.copyOfRange(whole, 20, 28));
  }

  @Test
  void shouldStopAtTheLastSequenceNumber() {
    ends.rekey(ends.left, ends.right, 0, TwoEnds.ANY, TwoEnds.ANY, OutboundSa.LAST_SEQUENCE - 3);
    ends.left.publish();
    ends.right.publish();
    assertThat(ends.carry(INNER, INNER, INNER, INNER, INNER)).hasSize(3);
    assertDropped(DropReason.SEQUENCE_EXHAUSTED, 2);
    assertThat(ends.sending().sequencesUsed()).isEqualTo(ends.sending().lastSequence());
    assertThat(ends.sending().counters().drops(DropReason.SEQUENCE_EXHAUSTED)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "11,SEND_QUEUE_FULL", // EAGAIN
    "105,SEND_QUEUE_FULL", // ENOBUFS
    "1,SEND_FAILED", // EPERM: a firewall
    "90,SEND_FAILED", // EMSGSIZE
    "101,SEND_FAILED" // ENETUNREACH
  })
  void shouldCountRefusedSendsAndKeepTheError(int errno, DropReason reason) {
    ends.left.wans.getFirst().refuse = errno;
    sends(INNER, INNER);
    assertDropped(reason, 2);
    TunnelCounters tunnel = ends.left.tunnelCounters(0);
    assertThat(tunnel.out().drops(reason)).isEqualTo(2);
    assertThat(tunnel.lastSendErrno()).isEqualTo(errno);
    assertThat(tunnel.lastSendError()).isEqualTo(Errno.describe(errno));
    ends.left.wans.getFirst().refuse = 0;
    assertThat(ends.carry(INNER)).containsExactly(INNER);
  }

  @Test
  void shouldSendOneByOneWhenTheInterfaceCannotSegment() {
    MemoryWan wan = ends.left.wans.getFirst();
    wan.refuse = Errno.EIO;
    wan.refuseRunsOnly = true;
    sends(INNER, INNER, INNER);
    assertThat(wan.segmentation()).isFalse();
    assertThat(wan.segmentationReason()).contains("EIO").contains("192.0.2.110");
    assertThat(wan.out.size()).isEqualTo(3);
    assertThat(ends.left.out.drops()).isEmpty();
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactly(INNER, INNER, INNER);
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EPERM, Errno.EINVAL, Errno.EOPNOTSUPP})
  void shouldGiveUpRunsThatAreRefusedAgainAndAgain(int errno) {
    MemoryWan wan = ends.left.wans.getFirst();
    wan.refuse = errno;
    wan.refuseRunsOnly = true;
    for (int i = 0; i < 3; i++) {
      assertThat(wan.segmentation()).isTrue();
      sends(INNER, INNER);
      assertThat(ends.left.out.drops()).isEmpty();
    }
    assertThat(wan.segmentation()).isFalse();
    assertThat(wan.segmentationReason()).contains(Errno.describe(errno)).contains("192.0.2.110");
    assertThat(wan.out.size()).isEqualTo(6);
  }

  @Test
  void shouldGoOnWithRunsThatWereRefusedForAWhile() {
    MemoryWan wan = ends.left.wans.getFirst();
    wan.refuseRunsOnly = true;
    for (int i = 0; i < 9; i++) {
      wan.refuse = i % 3 == 2 ? 0 : Errno.EPERM;
      sends(INNER, INNER);
    }
    assertThat(wan.segmentation()).isTrue();
    assertThat(ends.left.out.drops()).isEmpty();
  }

  @Test
  void shouldNotBlameTheRunWhenEachDatagramIsRefusedToo() {
    MemoryWan wan = ends.left.wans.getFirst();
    wan.refuse = Errno.EIO;
    for (int i = 0; i < 4; i++) {
      sends(INNER, INNER, INNER);
    }
    assertThat(wan.segmentation()).isTrue();
    assertDropped(DropReason.SEND_FAILED, 12);
  }

  @Test
  void shouldSwitchSasWithoutLosingAPacket() {
    List<byte[]> sent = new ArrayList<>();
    List<byte[]> received = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      byte[] packet = Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes(100, i));
      sent.add(packet);
      ends.left.lan.send(packet);
      ends.left.pumpOut();
      if (i % 10 == 9) {
        ends.rekey(ends.left, ends.right, 0, TwoEnds.ANY, TwoEnds.ANY, 0);
        ends.right.publish(); // the receiver first: make before break
        ends.left.publish();
        ends.right.pumpIn(); // what was under way came by the old one
        received.addAll(ends.right.lan.received());
        ends.right.inbound.removeFirst();
        ends.right.publish();
      }
    }
    ends.right.pumpIn();
    received.addAll(ends.right.lan.received());
    assertThat(received).containsExactlyElementsOf(sent);
    assertThat(ends.right.in.drops()).isEmpty();
  }

  @Test
  void shouldRefuseASnapshotThatMakesNoSenseAndKeepTheLast() {
    InboundSa sa = ends.right.inbound.getFirst();
    ends.right.inbound.add(sa);
    assertThatThrownBy(ends.right::publish)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two inbound SAs");
    ends.right.inbound.removeLast();
    assertThat(ends.carry(INNER)).containsExactly(INNER);

    assertThatThrownBy(sa::discard)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("publish a snapshot without it");
    ends.right.inbound.remove(sa);
    ends.right.publish();
    ends.right.inbound.add(sa);
    assertThatThrownBy(ends.right::publish)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was taken out before");
    ends.right.inbound.remove(sa);

    TunnelPath path = ends.left.tunnels.getFirst();
    ends.left.tunnels.set(
        0, new TunnelPath(0, "t0", path.local(), path.remote(), path.outbound(), 100, 0));
    assertThatThrownBy(ends.left::publish).hasMessageContaining("MTU 100 is not in 576..65535");
    ends.left.tunnels.set(
        0,
        new TunnelPath(
            0, "t0", MemoryWan.address(77, 4500), path.remote(), path.outbound(), 1400, 0));
    assertThatThrownBy(ends.left::publish).hasMessageContaining("no UDP socket is bound to");
    ends.left.tunnels.set(0, path);
  }
}
