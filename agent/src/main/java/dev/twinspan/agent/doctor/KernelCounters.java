package dev.twinspan.agent.doctor;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code /proc/net/snmp} and {@code /proc/net/netstat}: a line of names, then a line of values,
 * each with its group in front.
 *
 * @param values by {@code Group.Name}
 */
record KernelCounters(Map<String, Long> values) {
  private static final List<Path> FILES =
      List.of(Path.of("/proc/net/snmp"), Path.of("/proc/net/netstat"));

  KernelCounters {
    values = Map.copyOf(values);
  }

  /** Of the caller's network namespace. */
  static KernelCounters read() {
    Map<String, Long> all = new HashMap<>();
    FILES.forEach(file -> all.putAll(parse(Host.setting(file))));
    return new KernelCounters(all);
  }

  static Map<String, Long> parse(String text) {
    Map<String, Long> all = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i + 1 < lines.length; i += 2) {
      String[] names = lines[i].split(" ", -1);
      String[] values = lines[i + 1].split(" ", -1);
      for (int column = 1; column < Math.min(names.length, values.length); column++) {
        all.put(names[0].replace(":", ".") + names[column], Long.parseLong(values[column]));
      }
    }
    return all;
  }

  boolean has(String group, String name) {
    return values.containsKey(group + "." + name);
  }

  /** 0 where this kernel does not count it. */
  long of(String group, String name) {
    return values.getOrDefault(group + "." + name, 0L);
  }
}
