package dev.twinspan.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What the kernel of this box says, in the network namespace of the caller.
 *
 * @param forwards {@code net.ipv4.ip_forward}
 * @param strict devices whose packets must have come by the way that leads back (RFC 3704)
 * @param reversePathDrops packets dropped for it: since the last boot, or between two looks
 * @param tunnelMtu largest packet for the tunnels' device, bytes
 */
public record Host(boolean forwards, List<String> strict, long reversePathDrops, int tunnelMtu) {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");
  private static final Path NETSTAT = Path.of("/proc/net/netstat");
  private static final Path DEVICES = Path.of("/sys/class/net");
  private static final String STRICT = "1";

  public Host {
    strict = List.copyOf(strict);
  }

  /**
   * As it is now. What cannot be read is taken for being in order.
   *
   * @param device of the tunnels
   * @param otherwise its MTU, where the device cannot be asked
   */
  public static Host read(String device, int otherwise) {
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
    return new Host(
        !setting(IPV4.resolve("ip_forward")).equals("0"),
        strict.stream().sorted().toList(),
        counter("TcpExt", "IPReversePathFilter").orElse(0),
        mtu(device, otherwise));
  }

  /** This look, with what was dropped since an earlier one. */
  public Host since(Host earlier) {
    return new Host(forwards, strict, reversePathDrops - earlier.reversePathDrops, tunnelMtu);
  }

  /** The larger of a device's setting and that of all holds: 0 off, 1 strict, 2 loose. */
  private static boolean isStrict(boolean all, String own) {
    return own.equals(STRICT) || (all && own.equals("0"));
  }

  private static int mtu(String device, int otherwise) {
    String mtu = setting(DEVICES.resolve(device).resolve("mtu"));
    return mtu.isEmpty() ? otherwise : Integer.parseInt(mtu);
  }

  private static String setting(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException _) {
      return "";
    }
  }

  /** {@code /proc/net/netstat}: a line of names, then a line of values, each with its group. */
  private static OptionalLong counter(String group, String name) {
    String[] lines = setting(NETSTAT).split("\n", -1);
    for (int i = 0; i + 1 < lines.length; i += 2) {
      String[] names = lines[i].split(" ", -1);
      String[] values = lines[i + 1].split(" ", -1);
      if (!names[0].equals(group + ":")) {
        continue;
      }
      for (int column = 1; column < Math.min(names.length, values.length); column++) {
        if (names[column].equals(name)) {
          return OptionalLong.of(Long.parseLong(values[column]));
        }
      }
    }
    return OptionalLong.empty();
  }
}
