package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.End.Options;
import dev.twinspan.datapath.packet.Checksum;
import dev.twinspan.datapath.packet.EchoProbe;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A probe leaves by the tunnel it was meant for, and its answer ends here. */
class ProbeTest {
  private static final long TOKEN = 0x5EC2E7;

  private final TwoEnds ends =
      new TwoEnds(
          EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, false, 2, Options.USUAL);

  private static byte[] probe(boolean ipv6, long token) {
    try {
      return EchoProbe.write(
          InetAddress.getByName(ipv6 ? "fd00::17" : "10.255.0.17"),
          InetAddress.getByName(ipv6 ? "fd01::4" : "10.10.255.4"),
          token,
          1,
          77);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** What a host makes of it: addresses swapped, another type. */
  private static byte[] reply(byte[] echo) {
    boolean ipv6 = echo[0] >>> 4 == 6;
    byte[] reply = echo.clone();
    int at = ipv6 ? 8 : 12;
    int size = ipv6 ? 16 : 4;
    System.arraycopy(echo, at, reply, at + size, size);
    System.arraycopy(echo, at + size, reply, at, size);
    reply[ipv6 ? 40 : 20] = (byte) (ipv6 ? 129 : 0);
    return reply;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldSendAProbeByItsTunnelAndTakeItsAnswer(boolean ipv6) {
    ends.left.probe(1, probe(ipv6, TOKEN));
    ends.right.pumpIn();
    List<byte[]> arrived = ends.right.lan.received();
    assertThat(arrived).hasSize(1);
    assertThat(arrived.getFirst()).isEqualTo(probe(ipv6, TOKEN));
    assertThat(ends.right.tunnelCounters(1).in().packets()).isEqualTo(1);
    assertThat(ends.right.tunnelCounters(0).in().packets()).isZero();
    assertThat(ends.left.tunnelCounters(1).out().packets()).as("no traffic").isZero();
    assertThat(ends.left.tunnelCounters(1).out().lastNanos()).isZero();

    ends.left.clock = 5;
    ends.right.lan.send(reply(arrived.getFirst()));
    ends.right.pumpOut();
    ends.left.pumpIn();
    assertThat(ends.left.lan.received()).as("not for the LAN").isEmpty();
    ProbeAnswer answer = ends.left.probes.poll();
    assertThat(answer).isNotNull();
    assertThat(answer.tunnel()).isEqualTo(1);
    assertThat(answer.number()).isEqualTo(77);
    assertThat(answer.nanos()).isEqualTo(5);
    assertThat(ends.left.probes.poll()).isNull();
    assertThat(ends.left.tunnelCounters(1).in().packets()).as("no traffic").isZero();
    long heard = ends.left.inbound.stream().mapToLong(sa -> sa.counters().packets()).sum();
    assertThat(heard).as("but a sign of life").isEqualTo(1);
    assertThat(ends.left.in.drops()).isEmpty();
    ends.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldHandOnTheRepliesOfOthers(boolean ipv6) {
    byte[] others = reply(probe(ipv6, TOKEN + 1));
    ends.right.lan.send(others);
    ends.right.lan.send(probe(ipv6, TOKEN));
    ends.right.pumpOut();
    ends.left.pumpIn();

    assertThat(ends.left.lan.received()).containsExactlyInAnyOrder(others, probe(ipv6, TOKEN));
    assertThat(ends.left.probes.poll()).isNull();
    ends.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldHaveRightChecksums(boolean ipv6) {
    byte[] packet = probe(ipv6, TOKEN);
    MemorySegment p = MemorySegment.ofArray(packet);
    int header = ipv6 ? 40 : 20;
    int length = packet.length - header;
    long pseudo = ipv6 ? Checksum.pseudoHeader(p, 0, true, 58, length) : 0;
    assertThat(Checksum.fold(Checksum.sum(p, header, length, pseudo))).isEqualTo(0xFFFF);
    if (!ipv6) {
      assertThat(Checksum.fold(Checksum.sum(p, 0, header, 0))).isEqualTo(0xFFFF);
    }
    assertThat(ByteBuffer.wrap(packet).get(header)).isEqualTo((byte) (ipv6 ? 128 : 8));
    ends.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 99})
  void shouldSendNothingWithoutAnSa(int tunnel) {
    ends.left.tunnels.replaceAll(
        t -> new TunnelPath(t.id(), t.name(), t.local(), t.remote(), null, t.mtu(), t.mss()));
    ends.left.publish();
    ends.left.probe(tunnel, probe(false, TOKEN));
    ends.right.pumpIn();

    assertThat(ends.right.lan.received()).isEmpty();
    ends.close();
  }
}
