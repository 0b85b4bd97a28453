package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What the machines had no room for on the way of a soak's packets, by their own counters: queues
 * of wires and receive buffers that nobody emptied in time, since the processor was another's. No
 * tunnel can help that, so it is counted apart.
 */
final class MachineLosses {
  private enum Way {
    THERE,
    BACK
  }

  /** Frames that the far end of this wire did not take: its transmit drops. */
  private record Wire(String machine, String device, Way way) {}

  private static final List<Wire> WIRES =
      List.of(
          new Wire("lan", "eth0", Way.THERE),
          new Wire("cpe", Topology.WAN, Way.THERE),
          new Wire("inet", "in0", Way.THERE),
          new Wire("in0", Topology.VNET, Way.THERE),
          new Wire("vnet", "in0", Way.BACK),
          new Wire("in0", Topology.WAN, Way.BACK),
          new Wire("inet", "cpe", Way.BACK),
          new Wire("cpe", "lan", Way.BACK));

  private final Map<String, Long> there = new LinkedHashMap<>();
  private final Map<String, Long> back = new LinkedHashMap<>();

  private MachineLosses() {}

  static MachineLosses now(Topology topology, RekeyPeer peer) {
    MachineLosses losses = new MachineLosses();
    for (Wire wire : WIRES) {
      Map<String, Long> drops = transmitDrops(topology.machine(wire.machine));
      losses.put(wire.way, wire.machine + " " + wire.device, drops.getOrDefault(wire.device, 0L));
    }
    // What the appliance's program did not read from its TUN in time.
    transmitDrops(topology.cpe())
        .forEach(
            (device, drops) -> {
              if (!List.of("lo", "lan", Topology.WAN).contains(device)) {
                losses.put(Way.THERE, "cpe " + device, drops);
              }
            });
    losses.put(Way.THERE, "in0 sockets", socketOverflows(topology.machine("in0")));
    losses.put(Way.THERE, "vnet sockets", socketOverflows(topology.vnet()));
    losses.put(Way.BACK, "cpe sockets", socketOverflows(topology.cpe()));
    losses.put(Way.BACK, "lan sockets", socketOverflows(topology.lan()));
    RekeyPeer.Overflows inPeer = peer.overflows();
    losses.put(Way.THERE, "the peer's machine", inPeer.outside());
    losses.put(Way.BACK, "the peer's machine", inPeer.inside());
    return losses;
  }

  MachineLosses since(MachineLosses before) {
    MachineLosses grown = new MachineLosses();
    there.forEach((where, n) -> grown.there.put(where, n - before.there.getOrDefault(where, 0L)));
    back.forEach((where, n) -> grown.back.put(where, n - before.back.getOrDefault(where, 0L)));
    return grown;
  }

  long there() {
    return there.values().stream().mapToLong(Long::longValue).sum();
  }

  long back() {
    return back.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Where there were any. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ");
    text.setEmptyValue("nothing");
    there.forEach((where, n) -> tell(text, "there " + where, n));
    back.forEach((where, n) -> tell(text, "back " + where, n));
    return text.toString();
  }

  private static void tell(StringJoiner text, String where, long n) {
    if (n != 0) {
      text.add(where + " " + n);
    }
  }

  private void put(Way way, String where, long drops) {
    (way == Way.THERE ? there : back).put(where, drops);
  }

  /** By device: column 12 of proc(5)'s /proc/net/dev. */
  static Map<String, Long> transmitDrops(Namespace machine) {
    Map<String, Long> drops = new LinkedHashMap<>();
    for (String line : machine.procNet("dev")) {
      String[] parts = line.strip().split(":");
      if (parts.length == 2 && !parts[0].contains("|")) {
        drops.put(parts[0], Long.parseLong(parts[1].strip().split("\\s+")[11]));
      }
    }
    return drops;
  }

  /** Datagrams the receiving program's socket had no room for. */
  private static long socketOverflows(Namespace machine) {
    List<String> udp =
        machine.procNet("snmp").stream().filter(line -> line.startsWith("Udp:")).toList();
    List<String> names = List.of(udp.get(0).split(" "));
    return Long.parseLong(udp.get(1).split(" ")[names.indexOf("RcvbufErrors")]);
  }
}
