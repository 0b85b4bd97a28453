package dev.twinspan.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Packets;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FlowMemoryTest {
  private static final long SECOND = 1_000_000_000L;
  private static final EcmpGroup BOTH = EcmpGroup.of("hub", 0, 1);
  private static final EcmpGroup SHUNNED = BOTH.shun(0);

  private final FlowHash hash = new FlowHash(1);
  private final FlowMemory flows = new FlowMemory();
  private final PacketView view = new PacketView();

  private int choose(EcmpGroup group, byte[] packet, long now) {
    MemorySegment s = MemorySegment.ofArray(packet);
    assertThat(view.parse(s, 0, packet.length)).isTrue();
    return flows.choose(group, hash.hash(view), s, 0, view, now);
  }

  private static byte[] udp(int port) {
    return Packets.udp("10.0.0.1", "10.0.0.2", port, 53, new byte[8]);
  }

  private static byte[] tcp(int port, int flags) {
    return Packets.tcp("10.0.0.1", "10.0.0.2", port, 80, 1, flags, new byte[0]);
  }

  /** A port whose flow is on tunnel 0. */
  private int onTunnel0(boolean tcp) {
    for (int port = 1; ; port++) {
      if (choose(BOTH, tcp ? tcp(port, Packets.SYN) : udp(port), 0) == 0) {
        return port;
      }
    }
  }

  @Test
  void shouldKeepAFlowOnItsTunnelWhenNewOnesKeepAway() {
    int port = onTunnel0(false);

    for (long now = 0; now < 1_000 * SECOND; now += 10 * SECOND) {
      assertThat(choose(SHUNNED, udp(port), now)).isZero();
    }
  }

  @Test
  void shouldSendNewFlowsElsewhere() {
    for (int port = 1; port < 2_000; port++) {
      assertThat(choose(SHUNNED, udp(port), 0)).isEqualTo(1);
    }
  }

  @Test
  void shouldTakeAFlowThatWasSilentForLongForANewOne() {
    int port = onTunnel0(false);

    assertThat(choose(SHUNNED, udp(port), 120 * SECOND)).isEqualTo(1);
  }

  @Test
  void shouldTakeASynForANewFlowAndAnythingElseForAnOldOne() {
    int port = onTunnel0(true);

    assertThat(choose(SHUNNED, tcp(port, Packets.ACK), 7_200 * SECOND)).isZero();
    assertThat(choose(SHUNNED, tcp(port, Packets.SYN), 7_200 * SECOND)).isEqualTo(1);
    assertThat(choose(SHUNNED, tcp(port, Packets.ACK), 7_201 * SECOND)).isEqualTo(1);
  }

  @Test
  void shouldLetFlowsStayWhenNewOnesComeAgain() {
    int port = onTunnel0(false);
    FlowMemory fresh = new FlowMemory();
    MemorySegment s = MemorySegment.ofArray(udp(port));
    view.parse(s, 0, (int) s.byteSize());
    long h = hash.hash(view);
    assertThat(fresh.choose(SHUNNED, h, s, 0, view, 0)).isEqualTo(1);

    EcmpGroup again = SHUNNED.readmit(0, EcmpGroup.BUCKETS / 2);
    assertThat(again.buckets()).isEqualTo(BOTH.buckets());
    assertThat(fresh.choose(again, h, s, 0, view, SECOND)).as("began on the other").isEqualTo(1);
    assertThat(new FlowMemory().choose(again, h, s, 0, view, SECOND)).as("new").isZero();
  }

  /** A brownout long past holds no flow back from a tunnel that died and came again. */
  @Test
  void shouldBringFlowsBackWithTheirTunnel() {
    EcmpGroup clean = SHUNNED.readmit(0, EcmpGroup.BUCKETS / 2);
    EcmpGroup dead = clean.without(0);
    EcmpGroup back = dead.with(0, EcmpGroup.BUCKETS / 2);
    int on0 = 0;
    for (int port = 1; port <= 200; port++) {
      int before = choose(BOTH, udp(port), 0);
      assertThat(choose(SHUNNED, udp(port), SECOND)).isEqualTo(before);
      assertThat(choose(clean, udp(port), 2 * SECOND)).isEqualTo(before);
      assertThat(choose(dead, udp(port), 3 * SECOND)).isEqualTo(1);
      on0 += choose(back, udp(port), 4 * SECOND) == 0 ? 1 : 0;
    }
    assertThat(on0).isBetween(70, 130);
  }

  /** The one that returns takes from whom carries them now; who is shunned keeps what it has. */
  @Test
  void shouldLeaveFlowsOnAShunnedTunnelWhenAnotherReturns() {
    EcmpGroup three = EcmpGroup.of("hub", 0, 1, 2);
    EcmpGroup shunned = three.without(1).shun(0);
    EcmpGroup back = shunned.with(1, EcmpGroup.BUCKETS / 3);
    for (int port = 1; port <= 200; port++) {
      if (choose(three.without(1), udp(port), 0) == 0) {
        assertThat(choose(shunned, udp(port), SECOND)).isZero();
        assertThat(choose(back, udp(port), 2 * SECOND)).isZero();
      }
    }
  }

  @Test
  void shouldMoveAFlowWhoseTunnelIsGone() {
    int port = onTunnel0(false);

    assertThat(choose(SHUNNED.without(0), udp(port), SECOND)).isEqualTo(1);
  }

  @Test
  void shouldHaveNoTunnelWhereTheGroupHasNone() {
    assertThat(choose(EcmpGroup.empty("hub"), udp(1), 0)).isEqualTo(EcmpGroup.NONE);
    assertThat(choose(BOTH, udp(1), 0)).isBetween(0, 1);
  }
}
