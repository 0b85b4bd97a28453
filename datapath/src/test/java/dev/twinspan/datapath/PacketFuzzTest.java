package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing of each place where packets come in; IkeCodecFuzzTest (agent) says how to
 * run it. The first byte names the place: 0 a datagram from the WAN, 1 what an authentic ESP packet
 * carries, 2 a packet from the LAN behind its virtio_net_hdr.
 */
class PacketFuzzTest {
  private static final int PLACES = 3;
  private static final int ROOM = 4096;
  private static final byte[] HONEST = Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, new byte[9]);

  // The workers' buffers live as long as the process, so one pair serves every input.
  private static final TwoEnds ENDS =
      new TwoEnds(
          EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, false, 1, Options.USUAL);
  private static final MemorySegment BUFFER = Arena.global().allocate(ROOM);

  static Stream<byte[]> seeds() {
    return Stream.concat(Stream.of(HostileInputTest.SEEDS), Stream.of(probeAnswer()))
        .flatMap(
            packet ->
                Stream.of(
                    place(0, sealed(packet)),
                    place(1, packet),
                    place(2, concat(new byte[VnetHeader.LENGTH], packet))));
  }

  /** With the right end's token, which the fuzzer finds by itself in the end. */
  private static byte[] probeAnswer() {
    byte[] icmp = new byte[24];
    Wire.u64(MemorySegment.ofArray(icmp), 8, ENDS.right.probes.token());
    return Packets.ip("10.0.0.2", "10.0.0.1", 1, 0, icmp);
  }

  private static byte[] sealed(byte[] packet) {
    MemorySegment esp = ENDS.seal(packet);
    return esp == null ? packet : esp.toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] place(int place, byte[] bytes) {
    return concat(new byte[] {(byte) place}, bytes);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void shouldCountAnyBytesAndCarryTheNextPacket(byte[] bytes) {
    if (bytes.length < 2 || bytes.length > ROOM / 2) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(bytes, 1, bytes.length);
    switch (Math.floorMod(bytes[0], PLACES)) {
      case 0 -> datagram(MemorySegment.ofArray(rest));
      case 1 -> datagram(ENDS.seal(rest));
      default -> fromLan(rest);
    }
    ENDS.right.lan.toHosts.clear();
    assertThat(ENDS.carry(HONEST)).containsExactly(HONEST);
  }

  private static void datagram(@Nullable MemorySegment bytes) {
    if (bytes == null) {
      return;
    }
    long before = counted();
    ENDS.leftToRight().put(bytes, 0, (int) bytes.byteSize(), 0, 0);
    ENDS.right.pumpIn();
    int taken = 0;
    while (ENDS.right.ike.poll() != null) {
      taken++;
    }
    while (ENDS.right.probes.poll() != null) {
      taken++;
    }
    assertThat(counted() - before + taken).isEqualTo(1);
  }

  private static long counted() {
    return ENDS.right.in.packets()
        + ENDS.right.in.drops().values().stream().mapToLong(Long::longValue).sum();
  }

  private static void fromLan(byte[] bytes) {
    if (bytes.length < VnetHeader.LENGTH) {
      return;
    }
    MemorySegment.copy(bytes, 0, BUFFER, ValueLayout.JAVA_BYTE, 0, bytes.length);
    ENDS.left.lan.fromHosts.put(BUFFER, 0, bytes.length, 0, 0);
    ENDS.left.pumpOut();
    ENDS.leftToRight().clear();
  }
}
