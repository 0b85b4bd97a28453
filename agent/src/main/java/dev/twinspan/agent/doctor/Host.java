package dev.twinspan.agent.doctor;

import dev.twinspan.ffi.linux.Ethtool;
import dev.twinspan.ffi.linux.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the kernel of this box says, in the network namespace of the caller.
 *
 * @param forwards {@code net.ipv4.ip_forward}
 * @param strict devices whose packets must have come by the way that leads back (RFC 3704)
 * @param reversePathDrops packets dropped for it: since the last boot, or between two looks
 * @param tunnelMtu largest packet for the tunnels' device, bytes
 * @param passage what became of packets
 * @param merging devices that merge TCP segments by large receive offload
 * @param callers addresses that began a TCP connection to port 179, to whom our answer does not
 *     get; empty where nobody asked for them
 * @param clock the time here
 */
public record Host(
    boolean forwards,
    List<String> strict,
    long reversePathDrops,
    int tunnelMtu,
    Passage passage,
    List<String> merging,
    Set<String> callers,
    Instant clock) {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");
  private static final Path PACKETS = Path.of("/proc/net/dev");
  private static final Path DEVICES = Path.of("/sys/class/net");
  private static final String STRICT = "1";

  public Host {
    strict = List.copyOf(strict);
    merging = List.copyOf(merging);
    callers = Set.copyOf(callers);
  }

  /**
   * As it is now. What cannot be read is taken for being in order.
   *
   * @param device of the tunnels
   * @param otherwise its MTU, where the device cannot be asked
   * @param callers whether to look for these: the kernel then walks its tables of all TCP
   *     connections, whose size goes by the machine's memory and which takes 11 ms with 24 GB
   */
  public static Host read(String device, int otherwise, boolean callers) {
    List<String> strict = new ArrayList<>();
    Path conf = IPV4.resolve("conf");
    boolean all = setting(conf.resolve("all/rp_filter")).equals(STRICT);
    try (Stream<Path> devices = Files.list(conf)) {
      devices
          .filter(path -> !List.of("all", "default", "lo").contains(path.getFileName().toString()))
          .filter(path -> isStrict(all, setting(path.resolve("rp_filter"))))
          .forEach(path -> strict.add(path.getFileName().toString()));
    } catch (IOException _) {
      strict.clear();
    }
    KernelCounters counters = KernelCounters.read();
    String packets = setting(PACKETS);
    return new Host(
        !setting(IPV4.resolve("ip_forward")).equals("0"),
        strict.stream().sorted().toList(),
        counters.of("TcpExt", "IPReversePathFilter"),
        mtu(device, otherwise),
        Passage.of(counters, received(packets, device)),
        merging(devices(packets)),
        callers ? HalfOpen.callers() : Set.of(),
        Instant.now());
  }

  /** This look, with what was counted since an earlier one. */
  public Host since(Host earlier) {
    return new Host(
        forwards,
        strict,
        reversePathDrops - earlier.reversePathDrops,
        tunnelMtu,
        passage.since(earlier.passage),
        merging,
        callers,
        clock);
  }

  /** The larger of a device's setting and that of all holds: 0 off, 1 strict, 2 loose. */
  private static boolean isStrict(boolean all, String own) {
    return own.equals(STRICT) || (all && own.equals("0"));
  }

  private static int mtu(String device, int otherwise) {
    String mtu = setting(DEVICES.resolve(device).resolve("mtu"));
    return mtu.isEmpty() ? otherwise : Integer.parseInt(mtu);
  }

  /**
   * Packets a device brought, of {@code /proc/net/dev}: after the name and a colon bytes, then
   * packets. That file, unlike /sys, is always of the caller's network namespace.
   */
  static long received(String table, String device) {
    for (String line : table.split("\n", -1)) {
      String[] columns = line.strip().split("[\\s:]+", -1);
      if (columns.length > 2 && columns[0].equals(device)) {
        return Long.parseLong(columns[2]);
      }
    }
    return 0;
  }

  /** Names of that table: of what is in front of a colon. */
  static List<String> devices(String table) {
    return table
        .lines()
        .filter(line -> line.contains(":"))
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .toList();
  }

  private static List<String> merging(List<String> devices) {
    try {
      return Ethtool.mergingByLro(devices);
    } catch (KernelException _) {
      return List.of();
    }
  }

  static String setting(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException _) {
      return "";
    }
  }
}
