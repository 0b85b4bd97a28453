package dev.twinspan.datapath;

import static dev.twinspan.datapath.packet.Packets.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.datapath.worker.MemoryWire;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is let in, what is not, and under which name it is counted. */
class InboundRulesTest {
  private static final byte[] INNER = Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, bytes(99, 1));

  private TwoEnds ends = ends(false, Options.USUAL);

  private static TwoEnds ends(boolean esn, Options options) {
    return new TwoEnds(
        EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, esn, 1, options);
  }

  @AfterEach
  void close() {
    ends.close();
  }

  /** Puts a datagram before the right end as if it came by the wire, and lets it work. */
  private List<byte[]> arrives(byte[]... datagrams) {
    for (byte[] datagram : datagrams) {
      ends.leftToRight().put(MemorySegment.ofArray(datagram), 0, datagram.length, 0, 0);
    }
    ends.right.pumpIn();
    return ends.right.lan.received();
  }

  private void assertDropped(DropReason reason, int packets) {
    assertThat(ends.right.in.drops()).containsOnly(entry(reason, (long) packets));
  }

  private byte[] sealed(long sequence, byte[] payload, int nextHeader) {
    int spi = ends.receiving().spi();
    return EspCraft.seal(ends.keys(spi), spi, sequence, payload, nextHeader);
  }

  @Test
  void shouldAcceptWhatAnotherImplementationSealed() {
    assertThat(arrives(sealed(1, INNER, 4))).containsExactly(INNER);
    byte[] six = Packets.udp("fd00::1", "fd01::1", 1, 2, bytes(77, 2));
    assertThat(arrives(sealed(2, six, 41))).containsExactly(six);
    assertThat(ends.right.in.drops()).isEmpty();
  }

  @Test
  void shouldDropAReplayAndKeepTheRest() {
    byte[] one = sealed(1, INNER, 4);
    byte[] two = sealed(2, INNER, 4);
    assertThat(arrives(one, two, one, two)).hasSize(2);
    assertDropped(DropReason.REPLAYED, 2);
    assertThat(arrives(one)).isEmpty();
    assertThat(ends.receiving().counters().drops(DropReason.REPLAYED)).isEqualTo(3);
    assertThat(ends.right.tunnelCounters(0).in().drops(DropReason.REPLAYED)).isEqualTo(3);
  }

  @Test
  void shouldAcceptReorderingWithinTheWindowAndNothingOlder() {
    assertThat(arrives(sealed(5000, INNER, 4), sealed(5000 - 4095, INNER, 4))).hasSize(2);
    assertThat(arrives(sealed(5000 - 4096, INNER, 4))).isEmpty();
    assertDropped(DropReason.BEFORE_WINDOW, 1);
  }

  @Test
  void shouldNotMoveTheWindowForAForgery() {
    byte[] forged = sealed(1_000_000, INNER, 4);
    forged[forged.length - 1] ^= 1;
    assertThat(arrives(forged)).isEmpty();
    assertDropped(DropReason.AUTHENTICATION_FAILED, 1);
    assertThat(ends.receiving().highestSequence()).isZero();
    assertThat(arrives(sealed(1, INNER, 4))).hasSize(1);
  }

  @Test
  void shouldDropEveryMutationOfAPacket() {
    byte[] good = sealed(1, INNER, 4);
    for (int i = 0; i < good.length * 8; i++) {
      byte[] bad = good.clone();
      bad[i / 8] ^= (byte) (1 << i % 8);
      assertThat(arrives(bad)).as("bit " + i).isEmpty();
    }
    assertThat(arrives(good)).containsExactly(INNER);
  }

  @Test
  void shouldDropEveryTruncationOfAPacket() {
    byte[] good = sealed(1, INNER, 4);
    for (int n = 0; n < good.length; n++) {
      assertThat(arrives(Arrays.copyOf(good, n))).as("cut to " + n).isEmpty();
    }
    assertThat(ends.right.in.drops())
        .containsOnlyKeys(
            DropReason.DATAGRAM_TOO_SHORT,
            DropReason.BAD_ESP_LENGTH,
            DropReason.AUTHENTICATION_FAILED);
    assertThat(arrives(good)).containsExactly(INNER);
  }

  @Test
  void shouldCountAnUnknownSpi() {
    byte[] packet = sealed(1, INNER, 4);
    packet[0] ^= 0x40;
    assertThat(arrives(packet)).isEmpty();
    assertDropped(DropReason.UNKNOWN_SPI, 1);
  }

  @Test
  void shouldTakeDummiesAndTfcPadding() {
    assertThat(arrives(sealed(1, bytes(200, 3), 59))).isEmpty();
    assertDropped(DropReason.DUMMY, 1);
    byte[] padded = Arrays.copyOf(INNER, INNER.length + 300);
    assertThat(arrives(sealed(2, padded, 4))).containsExactly(INNER);
  }

  @ParameterizedTest
  @CsvSource({"6", "0", "41", "50", "255"})
  void shouldDropAWrongNextHeader(int nextHeader) {
    assertThat(arrives(sealed(1, INNER, nextHeader))).isEmpty();
    assertDropped(DropReason.WRONG_NEXT_HEADER, 1);
  }

  @Test
  void shouldDropAMalformedInnerPacket() {
    byte[] tooLong = INNER.clone();
    tooLong[3] += 1;
    assertThat(arrives(sealed(1, tooLong, 4))).isEmpty();
    assertThat(arrives(sealed(2, new byte[0], 4))).isEmpty();
    assertThat(arrives(sealed(3, bytes(19, 1), 4))).isEmpty();
    assertDropped(DropReason.INNER_MALFORMED, 3);
  }

  @Test
  void shouldDropBadPadding() {
    int spi = ends.receiving().spi();
    byte[] text = Arrays.copyOf(INNER, INNER.length + 5);
    text[text.length - 2] = (byte) 200; // more padding than packet
    text[text.length - 1] = 4;
    assertThat(arrives(EspCraft.sealText(ends.keys(spi), spi, 1, text))).isEmpty();
    text[text.length - 2] = 3; // zeroes where 1, 2, 3 should be
    assertThat(arrives(EspCraft.sealText(ends.keys(spi), spi, 2, text))).isEmpty();
    assertDropped(DropReason.BAD_PADDING, 2);
    assertThat(ends.receiving().highestSequence()).as("authentic all the same").isEqualTo(2);
  }

  @Test
  void shouldHoldPeerToItsSelectors() {
    List<Selector> peer = List.of(TwoEnds.selector("192.168.50.0", "192.168.50.255"));
    List<Selector> mine = List.of(TwoEnds.selector("10.10.0.0", "10.10.255.255"));
    ends.rekey(ends.left, ends.right, 0, peer, mine, 0);
    ends.right.publish();
    assertThat(arrives(sealed(1, INNER, 4))).containsExactly(INNER);
    byte[] spoofed = Packets.udp("192.168.51.9", "10.10.0.1", 1, 2, bytes(9, 1));
    byte[] beyond = Packets.udp("192.168.50.9", "10.11.0.1", 1, 2, bytes(9, 1));
    byte[] six = Packets.udp("fd00::1", "fd01::1", 1, 2, bytes(9, 1));
    assertThat(arrives(sealed(2, spoofed, 4), sealed(3, beyond, 4), sealed(4, six, 41))).isEmpty();
    assertDropped(DropReason.INBOUND_POLICY, 3);
  }

  @ParameterizedTest
  @CsvSource({"2,3,3", "1,3,3", "3,0,3", "2,1,1", "0,2,0"})
  void shouldCarryCongestionMarksInwards(int inner, int outer, int expected) {
    byte[] marked = Packets.withTos(INNER, 0xB8 | inner);
    byte[] packet = sealed(1, marked, 4);
    ends.leftToRight().put(MemorySegment.ofArray(packet), 0, packet.length, 0, 0x28 | outer);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactly(Packets.withTos(INNER, 0xB8 | expected));
  }

  @Test
  void shouldDropACongestionMarkOnAPacketThatCannotCarryIt() {
    byte[] packet = sealed(1, INNER, 4);
    ends.leftToRight().put(MemorySegment.ofArray(packet), 0, packet.length, 0, 3);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).isEmpty();
    assertDropped(DropReason.ECN_NOT_CAPABLE, 1);
  }

  @Test
  void shouldLeaveInnerHeaderAloneWhenEcnIsOff() {
    ends.close();
    ends = ends(false, new Options(true, Dscp.COPY, false));
    byte[] packet = sealed(1, INNER, 4);
    ends.leftToRight().put(MemorySegment.ofArray(packet), 0, packet.length, 0, 3);
    ends.right.pumpIn();
    assertThat(ends.right.lan.received()).containsExactly(INNER);
  }

  @Test
  void shouldClampMssOfSynsFromThePeer() {
    byte[] option = {2, 4, 0x05, (byte) 0xB4};
    byte[] syn = Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 3, 0, Packets.SYN, option, new byte[0]);
    byte[] clamped = {2, 4, 0x05, 0x46};
    assertThat(arrives(sealed(1, syn, 4)))
        .containsExactly(
            Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 3, 0, Packets.SYN, clamped, new byte[0]));
  }

  @Test
  void shouldHandOnAWrongChecksumWithoutVouchingForIt() {
    byte[] damaged = INNER.clone();
    damaged[60] ^= 1;
    byte[] packet = sealed(1, damaged, 4);
    ends.leftToRight().put(MemorySegment.ofArray(packet), 0, packet.length, 0, 0);
    ends.right.pumpIn();
    byte[] written = ends.right.lan.written().getFirst();
    assertThat(written[0]).as("virtio flags").isZero();
    assertThat(Arrays.copyOfRange(written, 10, written.length)).isEqualTo(damaged);
  }

  @Test
  void shouldKeepReceivingOnOldSaUntilItIsTakenOut() {
    byte[] old = sealed(1, INNER, 4);
    byte[] later = sealed(2, INNER, 4);
    ends.rekey(ends.left, ends.right, 0, TwoEnds.ANY, TwoEnds.ANY, 0);
    ends.right.publish();
    assertThat(arrives(old, sealed(1, INNER, 4))).hasSize(2);
    ends.right.inbound.removeFirst();
    ends.right.publish();
    assertThat(arrives(later)).isEmpty();
    assertDropped(DropReason.UNKNOWN_SPI, 1);
  }

  @Test
  void shouldCrossTheBoundaryOfTheLowHalfWithEsn() {
    ends.close();
    ends = ends(true, Options.USUAL);
    long start = 0xFFFF_FFF0L;
    ends.rekey(ends.left, ends.right, 0, TwoEnds.ANY, TwoEnds.ANY, start);
    ends.left.publish();
    ends.right.publish();
    for (int i = 0; i < 3; i++) {
      byte[][] ten = new byte[10][];
      Arrays.fill(ten, INNER);
      assertThat(ends.carry(ten)).hasSize(10);
    }
    assertThat(ends.receiving().highestSequence()).isEqualTo(start + 30);
    assertThat(ends.right.in.drops()).isEmpty();
  }

  @Test
  void shouldTellWhereTheNewestPacketCameFrom() {
    assertThat(ends.receiving().lastSource()).isNull();
    MemoryWan wan = ends.right.wans.getFirst();
    arrives(sealed(10, INNER, 4));
    assertThat(ends.receiving().lastSource()).isEqualTo(wan.peer());
    InetSocketAddress moved = MemoryWan.address(99, 31000);
    InetSocketAddress before = wan.peer();
    wan.peer(moved);
    arrives(sealed(9, INNER, 4));
    assertThat(ends.receiving().lastSource()).as("an old packet proves nothing").isEqualTo(before);
    byte[] forged = sealed(12, INNER, 4);
    forged[20] ^= 1;
    arrives(forged);
    assertThat(ends.receiving().lastSource()).as("nor does a forged one").isEqualTo(before);
    arrives(sealed(11, INNER, 4));
    assertThat(ends.receiving().lastSource()).isEqualTo(moved);
  }

  @Test
  void shouldSortIkeAndKeepalivesFromEsp() {
    byte[] ike = bytes(100, 4);
    byte[] marked = new byte[104];
    System.arraycopy(ike, 0, marked, 4, 100);
    assertThat(arrives(new byte[] {(byte) 0xFF}, marked, sealed(1, INNER, 4))).hasSize(1);
    assertDropped(DropReason.NAT_KEEPALIVE, 1);
    assertThat(ends.right.ikeSignals).isEqualTo(1);
    IkeDatagram datagram = ends.right.ike.poll();
    assertThat(datagram.message()).isEqualTo(ike);
    assertThat(datagram.remote()).isEqualTo(ends.right.wans.getFirst().peer());
    assertThat(datagram.local()).isEqualTo(ends.right.wans.getFirst().local());
    assertThat(ends.right.ike.poll()).isNull();
  }

  @Test
  void shouldBoundTheIkeQueue() {
    byte[][] flood = new byte[20][];
    Arrays.setAll(flood, i -> new byte[] {0, 0, 0, 0, (byte) i, 1, 2, 3});
    arrives(flood);
    assertDropped(DropReason.IKE_QUEUE_FULL, 16);
    for (int i = 0; i < 4; i++) {
      assertThat(ends.right.ike.poll().message()).startsWith((byte) i);
    }
    assertThat(ends.right.ike.poll()).isNull();
    assertThat(ends.right.ikeSignals).as("once").isEqualTo(1);
    arrives(flood[7]);
    assertThat(ends.right.ikeSignals).as("again after it was emptied").isEqualTo(2);
  }

  /** A flood of strangers leaves room for what names one of our IKE SAs, and that goes first. */
  @Test
  void shouldKeepIkeOfEstablishedSasApartFromAFlood() {
    long ours = 0x1122334455667788L;
    ends.right.known(KnownIke.of(List.of(ours), List.of()));
    byte[][] flood = new byte[20][];
    Arrays.setAll(flood, i -> ike(0x0a00L + i, 0, true));
    arrives(flood);
    assertDropped(DropReason.IKE_QUEUE_FULL, 16);
    arrives(ike(0x99, ours, true), ike(ours, 0x99, false), ike(ours, 0x99, true));
    assertDropped(DropReason.IKE_QUEUE_FULL, 17); // the last names ours where the peer's stands

    assertThat(Wire.u64(MemorySegment.ofArray(ends.right.ike.poll().message()), 8)).isEqualTo(ours);
    assertThat(Wire.u64(MemorySegment.ofArray(ends.right.ike.poll().message()), 0)).isEqualTo(ours);
    for (int i = 0; i < 4; i++) {
      assertThat(ends.right.ike.poll()).isNotNull();
    }
    assertThat(ends.right.ike.poll()).isNull();
  }

  @Test
  void shouldKeepIkeOfPeersAddressesApartFromAFlood() throws UnknownHostException {
    byte[][] flood = new byte[20][];
    Arrays.setAll(flood, i -> ike(0x0a00L + i, 0, true));
    arrives(flood);
    InetAddress peer = ends.right.wans.getFirst().peer().getAddress();
    ends.right.known(KnownIke.of(List.of(), List.of(InetAddress.getByName("::1"), peer)));
    arrives(ike(0xbb, 0, true));
    assertDropped(DropReason.IKE_QUEUE_FULL, 16);

    IkeDatagram first = ends.right.ike.poll();
    assertThat(Wire.u64(MemorySegment.ofArray(first.message()), 0)).isEqualTo(0xbb);
  }

  /** Behind the non-ESP marker: SPIs and the I flag of an IKE header. */
  private static byte[] ike(long initiatorSpi, long responderSpi, boolean fromInitiator) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 28);
    bytes.putLong(4, initiatorSpi).putLong(12, responderSpi);
    return bytes.put(23, (byte) (fromInitiator ? 0x08 : 0)).array();
  }

  @Test
  void shouldNotHandOnAnIkeDatagramOfAnyLength() {
    arrives(new byte[4 + (16 << 10) + 1]);
    assertDropped(DropReason.IKE_TOO_LONG, 1);
    arrives(new byte[4 + (16 << 10)]);
    assertThat(ends.right.ike.poll().message()).hasSize(16 << 10);
  }

  @Test
  void shouldTakeEverythingForIkeOnPort500() {
    MemoryWire wire = new MemoryWire(4);
    MemoryWan wan =
        new MemoryWan(
            wire,
            new MemoryWire(1),
            Wan.Kind.IKE,
            MemoryWan.address(1, 500),
            MemoryWan.address(2, 500));
    End end = new End(List.of(wan), Options.USUAL);
    wire.put(MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5}), 0, 5, 0, 0);
    end.pumpIn();
    assertThat(end.ike.poll().message()).containsExactly(1, 2, 3, 4, 5);
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EAGAIN, Errno.EIO})
  void shouldCountWhatTheTunRefuses(int errno) {
    ends.right.lan.refuse = errno;
    assertThat(arrives(sealed(1, INNER, 4))).isEmpty();
    assertDropped(
        errno == Errno.EAGAIN ? DropReason.TUN_QUEUE_FULL : DropReason.TUN_WRITE_FAILED, 1);
    assertThat(ends.right.in.packets()).isZero();
  }

  @Test
  void shouldNotJoinPacketsWhenTheTunHasNoOffloads() {
    ends.close();
    ends = ends(false, new Options(false, Dscp.COPY, true));
    byte[] one = Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 1, Packets.ACK, bytes(100, 1));
    byte[] two = Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 101, Packets.ACK, bytes(100, 2));
    ends.left.lan.send(one);
    ends.left.lan.send(two);
    ends.carry();
    assertThat(ends.right.lan.written().stream().map(w -> Arrays.copyOfRange(w, 10, w.length)))
        .containsExactly(one, two);
  }

  @Test
  void shouldOpenWithPlainToolsWhatWeSealed() {
    ends.left.lan.send(INNER);
    ends.left.pumpOut();
    byte[] packet = ends.leftToRight().peek(0).toArray(ValueLayout.JAVA_BYTE);
    byte[] text = EspCraft.open(ends.keys(ends.sending().spi()), packet);
    assertThat(Arrays.copyOf(text, INNER.length)).isEqualTo(INNER);
    assertThat(text[text.length - 1]).isEqualTo((byte) 4);
    assertThat(Map.of("padding", (int) text[text.length - 2]))
        .containsEntry("padding", text.length - 2 - INNER.length);
  }
}
