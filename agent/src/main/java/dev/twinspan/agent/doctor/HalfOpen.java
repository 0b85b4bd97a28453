package dev.twinspan.agent.doctor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * TCP connections to our BGP port that somebody began and that are not open yet: the SYN arrived,
 * and our answer to it does not. {@code /proc/net/tcp} and {@code tcp6} hold addresses as 32-bit
 * words in the machine's byte order (little-endian on all that we run on).
 */
final class HalfOpen {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  /** TCP_SYN_RECV of the kernel's include/net/tcp_states.h. */
  private static final String SYN_RECEIVED = "03";

  private static final String BGP = ":00B3";
  private static final int WORD = 4;

  private HalfOpen() {}

  /** Who began them. */
  static Set<String> callers() {
    Set<String> callers = new TreeSet<>();
    TABLES.forEach(table -> callers.addAll(parse(Host.setting(table))));
    return callers;
  }

  static Set<String> parse(String table) {
    Set<String> callers = new TreeSet<>();
    // Number, local address, remote address, state …
    for (String line : table.split("\n", -1)) {
      String[] columns = line.strip().split("\\s+", -1);
      if (columns.length > 3 && columns[3].equals(SYN_RECEIVED) && columns[1].endsWith(BGP)) {
        callers.add(address(columns[2].substring(0, columns[2].indexOf(':'))));
      }
    }
    return callers;
  }

  private static String address(String hex) {
    byte[] words = HexFormat.of().parseHex(hex);
    byte[] bytes = new byte[words.length];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i - i % WORD + WORD - 1 - i % WORD];
    }
    try {
      // An IPv4 address in an IPv6 one becomes what it is.
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of %d bytes".formatted(bytes.length), e);
    }
  }
}
