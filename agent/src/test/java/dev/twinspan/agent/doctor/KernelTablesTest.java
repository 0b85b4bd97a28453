package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tables as kernels print them. */
class KernelTablesTest {
  private static final String SNMP =
      """
      Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InDelivers OutRequests%s
      Ip: 1 64 1000 0 0 %d 600 500%s
      """;

  @Test
  void shouldCountWhatNetfilterDropsInNewKernelsAndOld() {
    // 400 to be forwarded, of which 100 are dropped in the forward chain.
    String recent = SNMP.formatted(" OutTransmits", 400, " 800");
    String older = SNMP.formatted("", 300, "");
    for (String table : new String[] {recent, older}) {
      KernelCounters counters = new KernelCounters(KernelCounters.parse(table));
      assertThat(Passage.of(counters, 7)).isEqualTo(new Passage(7, 100));
    }
  }

  @Test
  void shouldReadWhatADeviceBrought() {
    String table =
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
            lo:    1200      10    0    0    0     0          0         0     1200      10    0
        twinspan0:99887766  4321    0    0    0     0          0         0   123456     100    0
        """;
    assertThat(Host.received(table, "twinspan0")).isEqualTo(4321);
    assertThat(Host.received(table, "eth7")).isZero();
  }

  @Test
  void shouldReadWhoBeganAConnection() {
    String table =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 1100FF0A:00B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
           1: 1100FF0A:00B3 05FF0A0A:C2F1 03 00000000:00000000 01:00000063 00000001     0        0 0
           2: 1100FF0A:00B3 04FF0A0A:C2F2 01 00000000:00000000 01:00000063 00000001     0        0 2
           3: 1100FF0A:0016 04FF0A0A:C2F3 03 00000000:00000000 01:00000063 00000001     0        0 0
        """;
    assertThat(HalfOpen.parse(table)).containsExactly("10.10.255.5");
    String mapped =
        "   1: 0000000000000000FFFF00001100FF0A:00B3 0000000000000000FFFF000005FF0A0A:C2F1 03 0";
    assertThat(HalfOpen.parse(mapped)).containsExactly("10.10.255.5");
  }
}
