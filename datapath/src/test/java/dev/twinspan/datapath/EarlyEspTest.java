package dev.twinspan.datapath;

import static dev.twinspan.datapath.packet.Packets.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The peer answers our CREATE_CHILD_SA and sends on the new SA at once: its ESP is here before its
 * answer is, or at least before the control loop has made keys of that.
 */
class EarlyEspTest {
  private static final int SPI = 0x00C0_FFEE;
  private static final int OTHER_SPI = 0x00BA_0BAB;
  private static final long SECOND = 1_000_000_000L;
  private static final InetAddress PEER = MemoryWan.address(10, 0).getAddress();
  private static final InetAddress SOMEBODY = MemoryWan.address(77, 0).getAddress();

  private final TwoEnds ends =
      new TwoEnds(
          EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, false, 1, Options.USUAL);

  private int told;

  @AfterEach
  void close() {
    ends.close();
  }

  private static byte[] inner(int number, int length) {
    return Packets.udp("192.168.50.9", "10.10.0.1", 1, 2, bytes(length, number));
  }

  private byte[] sealed(int spi, int number, int length) {
    return EspCraft.seal(ends.keys(spi), spi, number, inner(number, length), 4);
  }

  private List<byte[]> arrives(byte[]... datagrams) {
    for (byte[] datagram : datagrams) {
      ends.leftToRight().put(MemorySegment.ofArray(datagram), 0, datagram.length, 0, 0);
      ends.right.pumpIn();
    }
    return ends.right.lan.received();
  }

  private void install(int spi) {
    SaParameters parameters =
        new SaParameters(0, spi, ends.transform, false, TwoEnds.ANY, TwoEnds.ANY);
    ends.right.inbound.add(
        InboundSa.open(ends.backend, parameters, ends.keys(spi), InboundSa.DEFAULT_REPLAY_WINDOW));
    ends.right.publish();
  }

  private AwaitedSas awaits(int spi, InetAddress peer) {
    AwaitedSas awaited = AwaitedSas.of(Map.of(spi, peer), this::told);
    ends.right.awaited(awaited);
    return awaited;
  }

  private void told() {
    told++;
  }

  private static List<Integer> came(AwaitedSas awaited) {
    List<Integer> spis = new ArrayList<>();
    awaited.takeCame(spis::add);
    return spis;
  }

  private void assertDropped(DropReason reason, int packets) {
    assertThat(ends.right.in.drops()).containsOnly(entry(reason, (long) packets));
  }

  @Test
  void shouldDeliverWhatCameBeforeItsSa() {
    awaits(SPI, PEER);
    assertThat(arrives(sealed(SPI, 1, 100), sealed(SPI, 2, 1300), sealed(SPI, 3, 9))).isEmpty();
    install(SPI);
    assertThat(ends.right.lan.received())
        .containsExactly(inner(1, 100), inner(2, 1300), inner(3, 9));
    assertThat(ends.right.in.drops()).isEmpty();
    assertThat(ends.right.inbound.getLast().lastSource()).isEqualTo(MemoryWan.address(10, 4500));
  }

  @Test
  void shouldTakeItTheUsualWayThroughCipherAndReplayWindow() {
    awaits(SPI, PEER);
    byte[] forged = sealed(SPI, 1, 100);
    forged[forged.length - 1] ^= 1;
    arrives(forged, sealed(SPI, 2, 100), sealed(SPI, 2, 100));
    install(SPI);
    assertThat(ends.right.lan.received()).containsExactly(inner(2, 100));
    assertThat(ends.right.in.drops())
        .containsOnly(entry(DropReason.AUTHENTICATION_FAILED, 1L), entry(DropReason.REPLAYED, 1L));
  }

  @Test
  void shouldDropWhatNobodyAwaits() {
    arrives(sealed(SPI, 1, 100));
    assertDropped(DropReason.UNKNOWN_SPI, 1);
    awaits(SPI, SOMEBODY);
    arrives(sealed(SPI, 2, 100));
    awaits(OTHER_SPI, PEER);
    arrives(sealed(SPI, 3, 100));
    assertDropped(DropReason.UNKNOWN_SPI, 3);
    install(SPI);
    assertThat(ends.right.lan.received()).isEmpty();
  }

  @Test
  void shouldNotAwaitItAnyMoreWhenTheExchangeIsOver() {
    awaits(SPI, PEER);
    arrives(sealed(SPI, 1, 100));
    ends.right.awaited(AwaitedSas.NONE);
    arrives(sealed(SPI, 2, 100));
    install(SPI);
    assertThat(ends.right.lan.received()).containsExactly(inner(1, 100));
    assertDropped(DropReason.UNKNOWN_SPI, 1);
  }

  @Test
  void shouldDropItAfterTwoSeconds() {
    awaits(SPI, PEER);
    arrives(sealed(SPI, 1, 100));
    ends.right.clock += SECOND * 12 / 10;
    arrives(sealed(SPI, 2, 100));
    ends.right.clock += SECOND * 12 / 10;
    install(SPI);
    assertThat(ends.right.lan.received()).containsExactly(inner(2, 100));
    assertDropped(DropReason.EARLY_ESP, 1);
  }

  @Test
  void shouldHoldNoMoreThanItsShareOfPackets() {
    awaits(SPI, PEER);
    int share = 1 << 15;
    for (int i = 1; i <= share + 6; i++) {
      arrives(sealed(SPI, i, 10));
    }
    assertTooEarly(6);
    install(SPI);
    assertThat(authentic()).isEqualTo(share);
  }

  @Test
  void shouldHoldNoMoreThanItsShareOfBytesAndLeaveOthersTheirs() {
    ends.right.awaited(AwaitedSas.of(Map.of(SPI, PEER, OTHER_SPI, PEER), this::told));
    int length = sealed(SPI, 1, 1300).length;
    int inBlock = (256 << 10) / (40 + (length + 7 & ~7));
    int fit = 48 * inBlock;
    for (int i = 1; i <= fit + 3; i++) {
      arrives(sealed(SPI, i, 1300));
    }
    assertTooEarly(3);
    int left = 16 * inBlock;
    for (int i = 1; i <= left + 2; i++) {
      arrives(sealed(OTHER_SPI, i, 1300));
    }
    assertTooEarly(5);
    install(OTHER_SPI);
    assertThat(authentic()).isEqualTo(left);
    install(SPI);
    assertThat(authentic()).isEqualTo(fit);
    ends.right.lan.received();
    // The room is there again.
    awaits(0x0101_0101, PEER);
    arrives(sealed(0x0101_0101, 1, 1300));
    install(0x0101_0101);
    assertThat(ends.right.lan.received()).containsExactly(inner(1, 1300));
    assertTooEarly(5);
  }

  /** What the newest SA has let through; the LAN in memory has no room for all of it. */
  private long authentic() {
    return ends.right.inbound.getLast().highestSequence();
  }

  private void assertTooEarly(int packets) {
    assertThat(ends.right.in.drops(DropReason.EARLY_ESP)).isEqualTo(packets);
  }

  @Test
  void shouldTellThatItCame() {
    AwaitedSas awaited = AwaitedSas.of(Map.of(SPI, PEER, OTHER_SPI, PEER), this::told);
    ends.right.awaited(awaited);
    assertThat(came(awaited)).isEmpty();
    arrives(sealed(OTHER_SPI, 1, 100));
    assertThat(told).isEqualTo(1);
    assertThat(came(awaited)).containsExactly(OTHER_SPI);
    assertThat(came(awaited)).as("told once").isEmpty();
    arrives(sealed(SPI, 1, 100));
    assertThat(told).isEqualTo(2);
    assertThat(came(awaited)).containsExactly(SPI);
  }

  @Test
  void shouldTellItAgainOnlyAfterAWhileHoweverMuchComes() {
    AwaitedSas awaited = awaits(SPI, PEER);
    for (int i = 1; i <= 2_000; i++) { // more than is held
      arrives(sealed(SPI, i, 10));
      came(awaited);
    }
    assertThat(told).isEqualTo(1);
    ends.right.clock += AwaitedSas.TOLD_AGAIN;
    arrives(sealed(SPI, 2_001, 10), sealed(SPI, 2_002, 10));
    assertThat(told).isEqualTo(2);
    ends.right.clock += AwaitedSas.TOLD_AGAIN;
    arrives(sealed(SPI, 2_003, 10));
    assertThat(told).as("what was told last is not taken yet").isEqualTo(2);
    assertThat(came(awaited)).containsExactly(SPI);
  }

  @Test
  void shouldTellNothingOfSpisAndAddressesThatNobodyAwaits() {
    AwaitedSas awaited = awaits(SPI, SOMEBODY);
    arrives(sealed(SPI, 1, 100), sealed(OTHER_SPI, 1, 100));
    assertThat(told).isZero();
    assertThat(came(awaited)).isEmpty();
  }
}
