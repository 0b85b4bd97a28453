package dev.twinspan.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Packets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FlowHashTest {
  private final FlowHash hash = new FlowHash(42);
  private final PacketView view = new PacketView();

  private int bucket(byte[] packet) {
    assertThat(view.parse(Packets.offHeap(packet), 0, packet.length)).isTrue();
    return hash.bucket(view);
  }

  private static byte[] udp(int port) {
    return Packets.udp("10.0.0.1", "10.0.0.2", port, 53, new byte[64]);
  }

  @Test
  void shouldKeepAFlowInOneBucketWhateverItCarries() {
    int bucket = bucket(Packets.tcp("10.0.0.1", "10.0.0.2", 5, 80, 1, Packets.SYN, new byte[0]));
    for (int i = 0; i < 100; i++) {
      byte[] packet =
          Packets.tcp("10.0.0.1", "10.0.0.2", 5, 80, i * 99, Packets.ACK, Packets.bytes(i, i));
      assertThat(bucket(packet)).isEqualTo(bucket);
    }
  }

  @Test
  void shouldSpreadFlowsThatDifferInOnePort() {
    int[] counts = new int[EcmpGroup.BUCKETS];
    for (int port = 1; port <= 25_600; port++) {
      counts[bucket(udp(port))]++;
    }
    // 100 each on average; six standard deviations.
    assertThat(Arrays.stream(counts).boxed()).allMatch(n -> n >= 40 && n <= 160);
  }

  @Test
  void shouldSendAllFragmentsOneWay() {
    int first = bucket(Packets.withFragment(udp(7), 1, 0x2000));
    assertThat(bucket(Packets.withFragment(udp(7), 1, 8))).isEqualTo(first);
    assertThat(bucket(Packets.withFragment(udp(9), 1, 0x2000))).isEqualTo(first);
  }

  @Test
  void shouldNotBePredictableWithoutTheSeed() {
    FlowHash other = new FlowHash(43);
    int same = 0;
    for (int port = 1; port <= 2560; port++) {
      int mine = bucket(udp(port));
      same += other.bucket(view) == mine ? 1 : 0;
    }
    assertThat(same).isLessThan(60); // 10 expected by chance
  }
}
