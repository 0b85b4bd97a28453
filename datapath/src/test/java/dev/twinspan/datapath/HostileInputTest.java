package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * More than a million mutations of valid packets at each place where bytes come in. Nothing may be
 * thrown, each datagram must be counted once and only once, and an honest packet must pass behind
 * them.
 */
class HostileInputTest {
  private static final int ROUNDS = 8_000;
  private static final int PER_ROUND = 40;

  static final byte[][] SEEDS = {
    Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, Packets.bytes(60, 1)),
    Packets.udp("fd00::1", "fd00::2", 1, 2, Packets.bytes(60, 1)),
    Packets.tcp("10.0.0.1", "10.0.0.2", 1, 2, 3, Packets.ACK, Packets.bytes(60, 1)),
    Packets.tcp("fd00::1", "fd00::2", 1, 2, 3, Packets.ACK, Packets.bytes(60, 1)),
    Packets.tcp(
        "10.0.0.1",
        "10.0.0.2",
        1,
        2,
        3,
        0,
        Packets.SYN,
        new byte[] {2, 4, 9, 9, 1, 3, 3, 7},
        new byte[0]),
    Packets.withFragment(
        Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, Packets.bytes(64, 1)), 1, 0x2000),
    Packets.ip(
        "fd00::1", "fd00::2", 60, 0, new byte[] {17, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0}),
    Packets.ip(
        "fd00::1", "fd00::2", 44, 0, new byte[] {17, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 2, 0, 8, 0, 0}),
    Packets.ip("10.0.0.1", "10.0.0.2", 1, 0, new byte[] {8, 0, 0, 0, 0, 0, 0, 0}),
  };

  private final SplittableRandom random = new SplittableRandom(20260101);
  private TwoEnds ends;

  private void open(EspTransform transform) {
    ends =
        new TwoEnds(
            EspBackends.choose("auto").backend(), transform, transform.isAead(), 1, Options.USUAL);
  }

  @AfterEach
  void close() {
    ends.close();
  }

  /** Flips, overwrites, cuts or lengthens; headers more often than payload. */
  private byte[] mutated(byte[] original) {
    int length = original.length;
    switch (random.nextInt(8)) {
      case 0 -> length = random.nextInt(length + 1);
      case 1 -> length += random.nextInt(100);
      default -> {}
    }
    byte[] bytes = java.util.Arrays.copyOf(original, Math.max(1, length));
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(random.nextBoolean() ? Math.min(bytes.length, 64) : bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0);
        default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      }
    }
    return bytes;
  }

  private long countedIn() {
    return ends.right.in.packets()
        + ends.right.in.drops().values().stream().mapToLong(Long::longValue).sum();
  }

  private void assertHonestPacketPasses() {
    ends.right.lan.written();
    assertThat(ends.carry(SEEDS[0])).containsExactly(SEEDS[0]);
  }

  @ParameterizedTest
  @EnumSource(names = {"AES_GCM_256", "AES_CBC_256_SHA256_128"})
  void shouldSurviveMutatedDatagrams(EspTransform transform) {
    open(transform);
    ends.left.lan.send(SEEDS[2]);
    ends.left.pumpOut();
    byte[] valid = ends.leftToRight().peek(0).toArray(ValueLayout.JAVA_BYTE);
    ends.leftToRight().clear();
    long ike = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < PER_ROUND; i++) {
        byte[] datagram = mutated(valid);
        ends.leftToRight()
            .put(MemorySegment.ofArray(datagram), 0, datagram.length, 0, random.nextInt(256));
      }
      ends.right.pumpIn();
      while (ends.right.ike.poll() != null) {
        ike++;
      }
    }
    assertThat(countedIn() + ike).isEqualTo((long) ROUNDS * PER_ROUND);
    assertThat(ends.right.in.packets()).as("authentic").isLessThanOrEqualTo(1);
    assertHonestPacketPasses();
  }

  @ParameterizedTest
  @EnumSource(names = {"AES_GCM_256", "AES_CBC_256_SHA256_128"})
  void shouldSurviveMutatedRunsOfDatagrams(EspTransform transform) {
    open(transform);
    for (int round = 0; round < ROUNDS / 4; round++) {
      for (int i = 0; i < PER_ROUND; i++) {
        ends.left.lan.send(SEEDS[i % 4]);
      }
      ends.left.pumpOut();
      for (int i = 0; i < ends.leftToRight().size(); i++) {
        MemorySegment run = ends.leftToRight().peek(i);
        for (int n = random.nextInt(6); n > 0; n--) {
          long at = random.nextLong(run.byteSize());
          run.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
      }
      ends.right.pumpIn();
      ends.right.lan.toHosts.clear();
      while (ends.right.ike.poll() != null) {}
    }
    assertThat(ends.right.in.packets()).isPositive();
    assertThat(ends.right.in.drops(DropReason.AUTHENTICATION_FAILED)).isPositive();
    assertHonestPacketPasses();
  }

  /** From a peer that holds the keys: authentic, and any nonsense inside. */
  @ParameterizedTest
  @EnumSource(names = {"AES_GCM_256", "AES_CBC_256_SHA256_128"})
  void shouldSurviveAuthenticNonsense(EspTransform transform) {
    open(transform);
    long sent = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < PER_ROUND; i++) {
        byte[] inner = mutated(SEEDS[random.nextInt(SEEDS.length)]);
        MemorySegment sealed = ends.seal(inner);
        if (sealed != null) {
          sent++;
          ends.leftToRight().put(sealed, 0, (int) sealed.byteSize(), 0, random.nextInt(256));
        }
      }
      ends.right.pumpIn();
      ends.right.lan.toHosts.clear();
    }
    assertThat(sent).isGreaterThan(ROUNDS * PER_ROUND / 2);
    assertThat(countedIn()).isEqualTo(sent);
    assertThat(ends.right.in.packets()).isPositive();
    assertThat(ends.right.in.drops())
        .containsOnlyKeys(DropReason.INNER_MALFORMED, DropReason.ECN_NOT_CAPABLE);
    assertHonestPacketPasses();
  }

  /** The kernel is trusted with its own memory, not with every field of a virtio_net_hdr. */
  @ParameterizedTest
  @EnumSource(names = {"AES_GCM_256"})
  void shouldSurviveMutatedPacketsFromTheLan(EspTransform transform) {
    open(transform);
    MemorySegment buffer = Arena.ofAuto().allocate(4096);
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < PER_ROUND; i++) {
        byte[] packet = mutated(SEEDS[random.nextInt(SEEDS.length)]);
        int type = new int[] {0, 0, 0, 1, 4, 5, 0x81, random.nextInt(256)}[random.nextInt(8)];
        VnetHeader.gso(
            buffer, 0, type, random.nextInt(200), random.nextInt(100), random.nextInt(80), 6);
        buffer.set(ValueLayout.JAVA_BYTE, 0, (byte) random.nextInt(4));
        MemorySegment.copy(
            MemorySegment.ofArray(packet), 0, buffer, VnetHeader.LENGTH, packet.length);
        ends.left.lan.fromHosts.put(buffer, 0, VnetHeader.LENGTH + packet.length, 0, 0);
      }
      ends.left.pumpOut();
      ends.leftToRight().clear();
    }
    assertThat(ends.left.out.packets()).isPositive();
    assertThat(ends.left.out.drops().keySet())
        .isSubsetOf(DropReason.LAN_MALFORMED, DropReason.SEND_QUEUE_FULL);
    assertHonestPacketPasses();
  }
}
