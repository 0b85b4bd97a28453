package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.worker.MemoryWire;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two boxes whose AES is shared with helpers beside two whose is not, under the same load, with the
 * same keys: the same bytes on the wire, in the same runs, and the same packets, drops and counters
 * at the end, whatever comes in between.
 */
class SharedCryptoTest {
  private static final int ROUNDS = 120;

  @ParameterizedTest
  @CsvSource({
    "auto,AES_GCM_256,false",
    "auto,AES_GCM_128,true",
    "auto,AES_CBC_256_SHA256_128,true",
    "libcrypto,AES_GCM_256,true",
    "libcrypto,AES_CBC_256_SHA256_128,false"
  })
  void shouldMakeNoDifference(String backend, EspTransform transform, boolean esn) {
    TwoEnds alone = new TwoEnds(TestBackend.of(backend), transform, esn, 1, Options.USUAL);
    TwoEnds shared =
        new TwoEnds(TestBackend.of("shared " + backend), transform, esn, 1, Options.USUAL);
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 20 == 19) { // new keys; the old ones of the receiving end go a round later
        rekey(alone);
        rekey(shared);
      } else if (round % 20 == 0 && round > 0) {
        alone.right.inbound.removeFirst();
        alone.right.publish();
        shared.right.inbound.removeFirst();
        shared.right.publish();
      }
      load(alone, round);
      load(shared, round);
      alone.left.pumpOut();
      shared.left.pumpOut();
      assertSameWire(alone.leftToRight(), shared.leftToRight());
      disturb(alone.leftToRight(), round);
      disturb(shared.leftToRight(), round);
      alone.right.pumpIn();
      shared.right.pumpIn();
      assertThat(shared.right.lan.written()).containsExactlyElementsOf(alone.right.lan.written());
    }
    assertSame(shared.left.out, alone.left.out);
    assertSame(shared.right.in, alone.right.in);
    assertThat(shared.right.in.drops())
        .containsKeys(DropReason.AUTHENTICATION_FAILED, DropReason.REPLAYED);
    assertThat(shared.left.out.drops()).isEmpty();
    alone.close();
    shared.close();
  }

  private static void rekey(TwoEnds ends) {
    ends.rekey(ends.left, ends.right, 0, TwoEnds.ANY, TwoEnds.ANY, 0);
    ends.right.publish();
    ends.left.publish();
  }

  /** Super-packets of several sizes among packets by themselves. */
  private static void load(TwoEnds ends, int round) {
    Random random = new Random(round);
    int packets = 1 + random.nextInt(12);
    for (int i = 0; i < packets; i++) {
      byte[] data = Packets.bytes(1 + random.nextInt(1300), random.nextInt());
      if (random.nextInt(3) > 0) {
        ends.left.lan.send(Packets.udp("10.0.0.1", "10.0.0.2", i, 80, data));
        continue;
      }
      byte[] much = Packets.bytes(2000 + random.nextInt(50_000), random.nextInt());
      byte[] whole = Packets.udp("10.0.0.1", "10.0.0.2", i, 80, much);
      int pseudo = Packets.sum(whole, 12, 20, 0) + 17 + whole.length - 20;
      ByteBuffer.wrap(whole).putShort(26, (short) ((pseudo & 0xFFFF) + (pseudo >>> 16)));
      int segment = 200 + random.nextInt(1100);
      ends.left.lan.sendSuper(whole, VnetHeader.GSO_UDP_L4, segment, 28, 20, 6);
    }
  }

  /** Now and then the network changes a packet, or brings a run twice. */
  private static void disturb(MemoryWire wire, int round) {
    Random random = new Random(~round);
    int sends = wire.size();
    if (round % 3 == 0) {
      MemorySegment run = wire.peek(random.nextInt(sends));
      long at = 8 + random.nextLong(run.byteSize() - 8);
      run.set(ValueLayout.JAVA_BYTE, at, (byte) ~run.get(ValueLayout.JAVA_BYTE, at));
    }
    if (round % 4 == 0 && !wire.isFull()) {
      int i = random.nextInt(sends);
      MemorySegment run = wire.peek(i);
      wire.put(run, 0, (int) run.byteSize(), wire.peekSegmentSize(i), wire.peekTos(i));
    }
  }

  private static void assertSameWire(MemoryWire expected, MemoryWire seen) {
    assertThat(seen.size()).isEqualTo(expected.size()).isPositive();
    for (int i = 0; i < expected.size(); i++) {
      assertThat(seen.peekSegmentSize(i)).isEqualTo(expected.peekSegmentSize(i));
      assertThat(seen.peek(i).mismatch(expected.peek(i))).as("send %d", i).isEqualTo(-1);
    }
  }

  private static void assertSame(TrafficCounters seen, TrafficCounters expected) {
    assertThat(seen.packets()).isEqualTo(expected.packets());
    assertThat(seen.bytes()).isEqualTo(expected.bytes());
    assertThat(seen.batches()).isEqualTo(expected.batches());
    assertThat(seen.drops()).isEqualTo(expected.drops());
  }
}
