package dev.twinspan.datapath.forward;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Destination → ECMP group, longest prefix first. Built by the control thread, immutable, read by
 * the worker. Only the groups differ between two tables most of the time (a tunnel died, a tunnel
 * came back): {@link #next} then keeps the tries and swaps the groups.
 */
public final class ForwardingTable {
  public static final ForwardingTable EMPTY = new ForwardingTable(List.of(), noTrie(), noTrie());

  private final List<Route> routes;
  private final EcmpGroup[] groups;
  private final PrefixTrie v4;
  private final PrefixTrie v6;

  private ForwardingTable(List<Route> routes, PrefixTrie v4, PrefixTrie v6) {
    this.routes = routes;
    this.v4 = v4;
    this.v6 = v6;
    groups = routes.stream().map(Route::group).toArray(EcmpGroup[]::new);
  }

  /**
   * @throws IllegalArgumentException when a prefix has bits behind its length or comes twice
   */
  public static ForwardingTable of(List<Route> routes) {
    return EMPTY.next(routes);
  }

  /** The table for {@code next}, as {@link #of} gives, sharing what is the same. */
  public ForwardingTable next(List<Route> next) {
    if (samePrefixes(next)) {
      return new ForwardingTable(List.copyOf(next), v4, v6);
    }
    Map<PrefixKey, Route> seen = HashMap.newHashMap(next.size());
    List<PrefixTrieBuilder.Prefix> four = new ArrayList<>();
    List<PrefixTrieBuilder.Prefix> six = new ArrayList<>();
    for (int i = 0; i < next.size(); i++) {
      Route route = next.get(i);
      if (seen.put(new PrefixKey(route.prefix(), route.length()), route) != null) {
        throw new IllegalArgumentException(text(route) + " comes twice");
      }
      (route.prefix() instanceof Inet4Address ? four : six).add(prefix(route, i));
    }
    return new ForwardingTable(List.copyOf(next), trie(four), trie(six));
  }

  /**
   * The group that carries this destination, or null.
   *
   * @param low an IPv4 address in its low 32 bits
   */
  public @Nullable EcmpGroup lookup(boolean ipv6, long high, long low) {
    int route = ipv6 ? v6.lookup(high, low) : v4.lookup(low << 32, 0);
    return route == PrefixTrie.MISS ? null : groups[route];
  }

  private record PrefixKey(InetAddress address, int length) {}

  private boolean samePrefixes(List<Route> next) {
    if (next.size() != routes.size()) {
      return false;
    }
    for (int i = 0; i < next.size(); i++) {
      Route a = routes.get(i);
      Route b = next.get(i);
      if (a.length() != b.length() || !a.prefix().equals(b.prefix())) {
        return false;
      }
    }
    return true;
  }

  private static PrefixTrieBuilder.Prefix prefix(Route route, int value) {
    byte[] address = route.prefix().getAddress();
    int bits = address.length * Byte.SIZE;
    if (route.length() < 0 || route.length() > bits) {
      throw new IllegalArgumentException(text(route) + ": expected a length of 0 to " + bits);
    }
    ByteBuffer padded = ByteBuffer.allocate(16).put(0, address);
    long high = padded.getLong(0);
    long low = padded.getLong(8);
    boolean hostBits =
        route.length() < 64
            ? (high & -1L >>> route.length()) != 0 || low != 0
            : route.length() < 128 && (low & -1L >>> (route.length() - 64)) != 0;
    if (hostBits) {
      throw new IllegalArgumentException(text(route) + " has bits set behind its length");
    }
    return new PrefixTrieBuilder.Prefix(high, low, route.length(), value);
  }

  private static String text(Route route) {
    return "route " + route.prefix().getHostAddress() + "/" + route.length();
  }

  private static PrefixTrie trie(List<PrefixTrieBuilder.Prefix> prefixes) {
    return new PrefixTrieBuilder(prefixes.toArray(PrefixTrieBuilder.Prefix[]::new)).build();
  }

  private static PrefixTrie noTrie() {
    return trie(List.of());
  }
}
