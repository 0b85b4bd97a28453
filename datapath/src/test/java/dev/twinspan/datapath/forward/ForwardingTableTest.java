package dev.twinspan.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ForwardingTableTest {
  private static EcmpGroup group(int n) {
    return EcmpGroup.empty("g" + n);
  }

  private static Route route(String prefix, EcmpGroup group) {
    String[] parts = prefix.split("/");
    try {
      return new Route(InetAddress.getByName(parts[0]), Integer.parseInt(parts[1]), group);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static EcmpGroup lookup(ForwardingTable table, String address) {
    try {
      return lookup(table, InetAddress.getByName(address).getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static EcmpGroup lookup(ForwardingTable table, byte[] address) {
    ByteBuffer b = ByteBuffer.allocate(16).put(16 - address.length, address);
    return table.lookup(address.length == 16, b.getLong(0), b.getLong(8));
  }

  @Test
  void shouldPreferTheLongestPrefix() {
    ForwardingTable table =
        ForwardingTable.of(
            List.of(
                route("10.0.0.0/8", group(8)),
                route("10.1.0.0/16", group(16)),
                route("10.1.2.3/32", group(32)),
                route("fd00::/8", group(68)),
                route("fd00::1/128", group(6128))));
    assertThat(lookup(table, "10.2.0.1")).isEqualTo(group(8));
    assertThat(lookup(table, "10.1.2.2")).isEqualTo(group(16));
    assertThat(lookup(table, "10.1.2.3")).isEqualTo(group(32));
    assertThat(lookup(table, "10.1.2.4")).isEqualTo(group(16));
    assertThat(lookup(table, "11.0.0.1")).isNull();
    assertThat(lookup(table, "fd12::")).isEqualTo(group(68));
    assertThat(lookup(table, "fd00::1")).isEqualTo(group(6128));
    assertThat(lookup(table, "fe00::1")).isNull();
  }

  @Test
  void shouldTakeADefaultRoutePerFamily() {
    ForwardingTable table = ForwardingTable.of(List.of(route("0.0.0.0/0", group(1))));
    assertThat(lookup(table, "0.0.0.0")).isEqualTo(group(1));
    assertThat(lookup(table, "255.255.255.255")).isEqualTo(group(1));
    assertThat(lookup(table, "::1")).isNull();
  }

  /** Random tables against the rule itself: scan all, keep the longest that covers. */
  @Property(tries = 300)
  void shouldAgreeWithAScanOfAllRoutes(@ForAll long seed) {
    Random random = new Random(seed);
    boolean ipv6 = random.nextBoolean();
    int bits = ipv6 ? 128 : 32;
    List<Route> routes = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    byte[] base = new byte[bits / 8];
    for (int i = 0; i < 60; i++) {
      if (random.nextInt(4) == 0) {
        random.nextBytes(base); // else stay near the last one, so that prefixes nest
      }
      byte[] near = base.clone();
      near[random.nextInt(near.length)] ^= (byte) (1 << random.nextInt(8));
      int length = random.nextInt(bits + 1);
      Route route = new Route(masked(near, length), length, group(i));
      if (seen.add(route.prefix() + "/" + length)) {
        routes.add(route);
      }
    }
    ForwardingTable table = ForwardingTable.of(routes);
    for (int i = 0; i < 300; i++) {
      byte[] address = routes.get(random.nextInt(routes.size())).prefix().getAddress();
      address[random.nextInt(address.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(lookup(table, address)).isSameAs(scan(routes, address));
    }
  }

  private static EcmpGroup scan(List<Route> routes, byte[] address) {
    Route best = null;
    for (Route r : routes) {
      if (masked(address, r.length()).equals(r.prefix())
          && (best == null || r.length() > best.length())) {
        best = r;
      }
    }
    return best == null ? null : best.group();
  }

  private static InetAddress masked(byte[] address, int length) {
    int bits = address.length * 8;
    BigInteger mask =
        BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE.shiftLeft(bits - length));
    byte[] value = new BigInteger(1, address).and(mask).toByteArray();
    byte[] padded = new byte[address.length];
    for (int i = 0; i < Math.min(value.length, padded.length); i++) {
      padded[padded.length - 1 - i] = value[value.length - 1 - i];
    }
    try {
      return InetAddress.getByAddress(padded);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void shouldHoldAsManyRoutesAsAzureSendsAndSwapGroupsWithoutRebuilding() throws Exception {
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      byte[] prefix = ByteBuffer.allocate(4).putInt(0x0A00_0000 + (i << 8)).array();
      routes.add(new Route(InetAddress.getByAddress(prefix), 24, group(i % 2)));
    }
    ForwardingTable table = ForwardingTable.of(routes);
    assertThat(lookup(table, "10.19.135.9")).isEqualTo(group(4999 % 2));
    ForwardingTable failedOver =
        table.next(routes.stream().map(r -> new Route(r.prefix(), r.length(), group(7))).toList());
    assertThat(lookup(failedOver, "10.19.135.9")).isEqualTo(group(7));
    assertThat(lookup(table, "10.19.135.9")).isEqualTo(group(1));
  }

  @Test
  void shouldNameTheRouteThatIsWrong() {
    assertThatThrownBy(() -> ForwardingTable.of(List.of(route("10.0.0.1/24", group(1)))))
        .hasMessage("route 10.0.0.1/24 has bits set behind its length");
    assertThatThrownBy(() -> ForwardingTable.of(List.of(route("10.0.0.0/33", group(1)))))
        .hasMessageContaining("0 to 32");
    Route twice = route("10.0.0.0/24", group(1));
    assertThatThrownBy(() -> ForwardingTable.of(List.of(twice, twice)))
        .hasMessage("route 10.0.0.0/24 comes twice");
  }
}
