package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.KernelPair.End;
import dev.twinspan.datapath.KernelPair.Setup;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each offload off by itself, and all: traffic is as before, and status says what is off and why.
 */
@Timeout(180)
class OffloadKernelTest {
  private static final int BYTES = 3 << 20;

  /** At least so many packets carry them. */
  private static final long PACKETS = BYTES / 1350;

  /**
   * @param off what {@link Datapath#offloads} must tell to be off, on each device and socket
   */
  record Case(OffloadSwitches switches, List<String> off) {}

  static Stream<Case> cases() {
    return Stream.of(
        new Case(OffloadSwitches.ALL, List.of()),
        new Case(
            new OffloadSwitches(false, true, true, true, true, true),
            List.of("checksum", "TSO", "USO")),
        new Case(new OffloadSwitches(true, false, true, true, true, true), List.of("TSO")),
        new Case(new OffloadSwitches(true, true, false, true, true, true), List.of("USO")),
        new Case(new OffloadSwitches(true, true, true, false, true, true), List.of("coalescing")),
        new Case(new OffloadSwitches(true, true, true, true, false, true), List.of("UDP_SEGMENT")),
        new Case(new OffloadSwitches(true, true, true, true, true, false), List.of("UDP_GRO")),
        new Case(
            OffloadSwitches.NONE,
            List.of("checksum", "TSO", "USO", "coalescing", "UDP_SEGMENT", "UDP_GRO")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldCarryTheSameWithoutIt(Case with) throws Exception {
    try (KernelPair pair = new KernelPair(Setup.of(EspTransform.AES_GCM_256).with(with.switches))) {
      assertThat(pair.left.datapath.offloads())
          .allSatisfy(
              offload -> {
                assertThat(offload.on()).isEqualTo(!with.off.contains(offload.name()));
                assertThat(offload.reason())
                    .contains(offload.on() ? "in use" : "switched off by configuration");
              });
      TcpTransfer.run(pair.left, pair.right, false, BYTES);
      seenByTheKernel(pair, with);
      TcpTransfer.run(pair.right, pair.left, false, 1 << 20);
      TcpTransfer.run(pair.left, pair.right, true, 1 << 20);
      for (boolean v6 : new boolean[] {false, true}) {
        datagrams(pair.left, pair.right, v6);
        datagrams(pair.right, pair.left, v6);
      }
      assertThat(pair.lost()).isEmpty();
    }
  }

  /** What is off does not happen; what is on does when there is enough to be made one of. */
  private static void seenByTheKernel(KernelPair pair, Case with) {
    long read = pair.left.packets("tw1", "tx");
    long sent = pair.left.packets("wan1", "tx");
    long written = pair.right.packets("tw2", "rx");
    if (with.off.isEmpty()) {
      assertThat(List.of(read, written)).allMatch(n -> n < PACKETS / 2);
    }
    if (with.off.contains("TSO")) {
      assertThat(read).isGreaterThanOrEqualTo(PACKETS);
    }
    if (with.off.contains("UDP_SEGMENT")) {
      assertThat(sent).isGreaterThanOrEqualTo(PACKETS);
    }
    if (with.off.contains("coalescing")) {
      assertThat(written).isGreaterThanOrEqualTo(PACKETS);
    }
  }

  /** A host that sends UDP with UDP_SEGMENT, as QUIC does: a super-packet where USO is on. */
  private static void datagrams(End from, End to, boolean v6) throws Exception {
    InetAddress target = v6 ? to.inner6 : to.inner4;
    InetAddress source = v6 ? from.inner6 : from.inner4;
    int size = 1200;
    byte[] data = Packets.bytes(30 * size + 345, 7);
    try (Arena arena = Arena.ofConfined();
        DatagramSocket server = to.namespace.call(() -> new DatagramSocket(0, target));
        UdpSocket client =
            from.namespace.call(
                () ->
                    UdpSocket.open(
                        new UdpSocket.Options(
                            new InetSocketAddress(source, 0), 0, true, 1 << 20)))) {
      server.setSoTimeout(10_000);
      MemorySegment buffer = arena.allocate(data.length);
      MemorySegment.copy(data, 0, buffer, ValueLayout.JAVA_BYTE, 0, data.length);
      UdpSocket.Message message = new UdpSocket.Message();
      message.peer(new InetSocketAddress(target, server.getLocalPort()));
      message.segmentSize(size);
      assertThat(client.send(buffer, 0, data.length, message)).isEqualTo(data.length);
      DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
      for (int at = 0; at < data.length; at += size) {
        packet.setLength(2000);
        server.receive(packet);
        assertThat(Arrays.copyOf(packet.getData(), packet.getLength()))
            .isEqualTo(Arrays.copyOfRange(data, at, Math.min(at + size, data.length)));
      }
    }
  }

  /**
   * A firewall of the box drops packets longer than the wire takes, and so each segmented send. An
   * interface that refuses with EIO is not to be had where Linux is 6.11 or later: it completes
   * checksums by itself; what becomes of EIO is in {@link OutboundRulesTest}.
   */
  @Test
  void shouldFallBackWhenSegmentedSendsAreRefusedAndLoseNothing() throws Exception {
    try (KernelPair pair = new KernelPair(Setup.of(EspTransform.AES_GCM_256))) {
      pair.left.inside(
          "nft add table ip t; add chain ip t out { type filter hook output priority 0 ; } ;"
              + " add rule ip t out udp dport 4500 meta length > 1600 counter drop");
      TcpTransfer.run(pair.left, pair.right, false, BYTES);
      assertThat(pair.left.datapath.offloads())
          .filteredOn(o -> !o.on())
          .singleElement()
          .satisfies(
              o -> {
                assertThat(o.name()).isEqualTo("UDP_SEGMENT");
                assertThat(o.where()).contains("192.0.2.1:4500");
                assertThat(o.reason()).contains("192.0.2.2", "refused", "EPERM");
              });
      assertThat(pair.left.packets("wan1", "tx")).isGreaterThanOrEqualTo(PACKETS);
      TcpTransfer.run(pair.right, pair.left, false, 1 << 20);
      assertThat(pair.lost()).isEmpty();
    }
  }
}
