package dev.twinspan.ffi.linux;

/** What a route does with a packet: RTN_*, rtnetlink(7). */
public enum RouteType {
  UNKNOWN(0),
  UNICAST(1),
  LOCAL(2),
  BROADCAST(3),
  ANYCAST(4),
  MULTICAST(5),

  /** Drops without a word. */
  BLACKHOLE(6),

  /** Drops and answers ICMP "host unreachable". */
  UNREACHABLE(7),

  /** Drops and answers ICMP "administratively prohibited". */
  PROHIBIT(8),

  /** Goes on with the next rule. */
  THROW(9);

  private static final RouteType[] BY_NUMBER = values();

  private final int number;

  RouteType(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static RouteType of(int number) {
    return number < BY_NUMBER.length ? BY_NUMBER[number] : UNKNOWN;
  }

  /** Whether packets go to an interface. The kernel shows {@code lo} on IPv6 routes that do not. */
  boolean hasInterface() {
    return this != BLACKHOLE && this != UNREACHABLE && this != PROHIBIT && this != THROW;
  }
}
