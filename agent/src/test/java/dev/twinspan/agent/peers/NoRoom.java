package dev.twinspan.agent.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Packets for which there was no room on the way from the LAN to the VNet, by the kernels' own
 * counters: in the TUN device that our agent reads, in the socket of an instance, whose ESP is in
 * user space too, and in the VNet host's. They are lost since a program was not given the
 * processor; only a busy machine has some.
 */
final class NoRoom {
  private final Topology topology;
  private final boolean back;
  private final long before;

  private NoRoom(Topology topology, boolean back) {
    this.topology = topology;
    this.back = back;
    this.before = now();
  }

  /** Counts from now on. */
  static NoRoom of(Stage stage) {
    return new NoRoom(stage.bench().topology(), false);
  }

  /**
   * The same of the way there and back: our own socket and the LAN host's beside them, and what an
   * instance's daemon did not read from its TUN device in time.
   */
  static NoRoom bothWays(Stage stage) {
    return new NoRoom(stage.bench().topology(), true);
  }

  /**
   * For the long form: what a machine loses of so many packets while nothing happens at all says
   * nothing of what is to happen, and nothing of it is tried.
   */
  static void assumeFastEnough(Stage stage, Hosts hosts, long packets) {
    NoRoom noRoom = of(stage);
    long lost = lost(hosts);
    long sent = sent(hosts);
    Await.orThrow(
        Duration.ofSeconds(60),
        () -> sent(hosts) - sent >= packets,
        packets + " packets to be sent",
        noRoom::describe);
    assumeTrue(
        lost(hosts) == lost,
        () ->
            "too busy a machine: %d of %d packets were lost before anything happened; %s"
                .formatted(lost(hosts) - lost, packets, noRoom.describe()));
  }

  private static long sent(Hosts hosts) {
    return hosts.lan().flows().stream().mapToLong(FlowReport::sent).sum();
  }

  private static long lost(Hosts hosts) {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::lost).sum();
  }

  long packets() {
    return now() - before;
  }

  private long now() {
    long sum = udp(topology.vnet(), "RcvbufErrors");
    // An agent that is not given the processor for 0.7 s was seen to leave so much in its TUN.
    for (var drops : MachineLosses.transmitDrops(topology.cpe()).entrySet()) {
      sum += drops.getKey().startsWith("twinspan") ? drops.getValue() : 0;
    }
    for (Namespace instance : topology.instances()) {
      sum += udp(instance, "RcvbufErrors");
    }
    if (back) {
      sum += udp(topology.cpe(), "RcvbufErrors") + udp(topology.lan(), "RcvbufErrors");
      for (Namespace instance : topology.instances()) {
        sum += MachineLosses.transmitDrops(instance).getOrDefault("ipsec0", 0L);
      }
    }
    return sum;
  }

  private static long udp(Namespace machine, String counter) {
    List<String> udp =
        machine.procNet("snmp").stream().filter(line -> line.startsWith("Udp:")).toList();
    List<String> names = List.of(udp.get(0).split(" "));
    return Long.parseLong(udp.get(1).split(" ")[names.indexOf(counter)]);
  }

  /** Everything on the way that counts what it drops, for whoever looks for a loss. */
  String describe() {
    List<String> all = new ArrayList<>();
    for (Namespace machine : topology.machines()) {
      all.add(machine + ": UDP without room " + udp(machine, "RcvbufErrors"));
      machine.procNet("dev").stream()
          .skip(2)
          .map(line -> line.strip().split("[:\\s]+"))
          .filter(fields -> !fields[4].equals("0") || !fields[12].equals("0"))
          .forEach(
              fields ->
                  all.add(
                      "%s %s dropped %s received, %s to send"
                          .formatted(machine, fields[0], fields[4], fields[12])));
    }
    return String.join("; ", all);
  }
}
