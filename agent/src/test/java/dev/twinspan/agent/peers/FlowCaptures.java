package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Capture;
import dev.twinspan.agent.rehearse.netns.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Captures behind each instance, that tell which UDP flow of the LAN went where. */
final class FlowCaptures implements AutoCloseable {
  private static final String TO_VNET =
      "udp and dst host " + Addresses.VNET_HOST + " and dst port 7000";

  private final List<Capture> captures;

  FlowCaptures(Bench bench) {
    captures =
        bench.topology().instances().stream()
            .map(machine -> bench.capture(machine, Topology.VNET, TO_VNET, bench.directory()))
            .toList();
  }

  /** Source ports seen so far behind each instance. */
  List<Set<Integer>> ports() {
    return captures.stream().map(FlowCaptures::sources).toList();
  }

  /** How many source ports are among these. */
  static int count(List<Set<Integer>> ports) {
    Set<Integer> all = new HashSet<>();
    ports.forEach(all::addAll);
    return all.size();
  }

  /** Source port → how often it was seen behind another instance than before. */
  Map<Integer, Integer> moves() throws IOException {
    return Pcap.moves(captures, Pcap.UDP);
  }

  private static Set<Integer> sources(Capture capture) {
    try {
      return new TreeSet<>(Pcap.sourcePorts(capture.file(), Pcap.UDP).keySet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was captured stays. */
  @Override
  public void close() {
    captures.forEach(Capture::close);
  }
}
