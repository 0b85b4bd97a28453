package dev.twinspan.datapath.esp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.datapath.Selector;
import dev.twinspan.datapath.packet.Packets;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectorTableTest {
  private static Selector selector(int protocol, int from, int to, String first, String last)
      throws UnknownHostException {
    return new Selector(
        protocol, from, to, InetAddress.getByName(first), InetAddress.getByName(last));
  }

  private static boolean matches(SelectorTable table, String address, int protocol, int port) {
    byte[] bytes = Packets.address(address);
    ByteBuffer b = ByteBuffer.allocate(16).put(16 - bytes.length, bytes);
    return table.matches(bytes.length == 16, b.getLong(0), b.getLong(8), protocol, port);
  }

  @Test
  void shouldTakeEverythingOfTheFamilyWithAnAnySelector() throws Exception {
    var table = new SelectorTable(List.of(selector(0, 0, 65535, "0.0.0.0", "255.255.255.255")));
    assertThat(table.any(false)).isTrue();
    assertThat(table.any(true)).isFalse();
    assertThat(matches(table, "255.255.255.255", 6, 1)).isTrue();
    assertThat(matches(table, "10.0.0.1", 47, SelectorTable.NO_PORT)).isTrue();
    assertThat(matches(table, "fd00::1", 6, 1)).isFalse();
  }

  @Test
  void shouldCompareAddressesUnsignedAndInclusive() throws Exception {
    var table = new SelectorTable(List.of(selector(0, 0, 65535, "127.255.255.0", "200.0.0.1")));
    assertThat(matches(table, "127.254.255.255", 6, 1)).isFalse();
    assertThat(matches(table, "127.255.255.0", 6, 1)).isTrue();
    assertThat(matches(table, "200.0.0.1", 6, 1)).isTrue();
    assertThat(matches(table, "200.0.0.2", 6, 1)).isFalse();
    var six = new SelectorTable(List.of(selector(0, 0, 65535, "fd00::8000:0:0:0", "fe00::")));
    assertThat(matches(six, "fd00::7fff:ffff:ffff:ffff", 6, 1)).isFalse();
    assertThat(matches(six, "fd00::8000:0:0:0", 6, 1)).isTrue();
    assertThat(matches(six, "fe00::", 6, 1)).isTrue();
    assertThat(matches(six, "fe00::1", 6, 1)).isFalse();
  }

  @Test
  void shouldLookAtProtocolAndPorts() throws Exception {
    var table =
        new SelectorTable(
            List.of(
                selector(6, 80, 90, "10.0.0.0", "10.0.0.255"),
                selector(1, 0x0800, 0x0800, "10.0.0.0", "10.0.0.255")));
    assertThat(matches(table, "10.0.0.1", 6, 80)).isTrue();
    assertThat(matches(table, "10.0.0.1", 6, 91)).isFalse();
    assertThat(matches(table, "10.0.0.1", 17, 80)).isFalse();
    assertThat(matches(table, "10.0.0.1", 1, 0x0800)).isTrue();
    assertThat(matches(table, "10.0.0.1", 1, 0)).isFalse();
    assertThat(matches(table, "10.0.0.1", 6, SelectorTable.NO_PORT)).as("later fragment").isFalse();
  }

  @Test
  void shouldTakeNothingWithoutSelectors() {
    assertThat(matches(new SelectorTable(List.of()), "10.0.0.1", 6, 80)).isFalse();
  }

  @Test
  void shouldRefuseMixedFamilies() {
    assertThatThrownBy(
            () -> new SelectorTable(List.of(selector(0, 0, 65535, "10.0.0.0", "fd00::"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("families");
  }
}
