package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.SoakLane.Result;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code bench soak} found.
 *
 * @param lanes each two datapaths with two tunnels between them, run by a thread of its own
 * @param early memory when a tenth was done, and
 * @param late when all was
 */
record SoakReport(
    Machine machine,
    String backend,
    long seed,
    double seconds,
    List<Result> lanes,
    MemoryUse early,
    MemoryUse late)
    implements BenchOptions.Report {
  private static final long MEGABYTE = 1 << 20;

  /** Compiled code and its profiles still come in late; what leaks at every packet is gigabytes. */
  private static final long RESIDENT_MAY_GROW = 24 * MEGABYTE;

  private static final long HEAP_MAY_GROW = 4 * MEGABYTE;
  private static final int TUNNELS = 2;

  SoakReport {
    lanes = List.copyOf(lanes);
  }

  private long sum(ToLongFunction<Result> of) {
    return lanes.stream().mapToLong(of).sum();
  }

  private Map<DropReason, Long> sums(Function<Result, Map<DropReason, Long>> of) {
    Map<DropReason, Long> sums = new EnumMap<>(DropReason.class);
    lanes.forEach(lane -> of.apply(lane).forEach((reason, n) -> sums.merge(reason, n, Long::sum)));
    return sums;
  }

  boolean memoryFlat() {
    return late.resident() - early.resident() <= RESIDENT_MAY_GROW
        && late.heap() - early.heap() <= HEAP_MAY_GROW;
  }

  /** Whether all of it is as it must be. */
  boolean right() {
    return memoryFlat() && lanes.stream().allMatch(Result::right);
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(machine.sentence());
    lines.add(
        "AES-256-GCM with %s, seed %d; %d × two datapaths with two tunnels between them"
            .formatted(backend, seed, lanes.size()));
    lines.add(
        "%,d packets, %.1f GB in %.0f s: %.2f million a second"
            .formatted(
                sum(Result::packets),
                sum(Result::bytes) / 1e9,
                seconds,
                sum(Result::packets) / seconds / 1e6));
    lines.add(
        "arrived as they were sent: %,d; missing %d, changed or twice %d%s"
            .formatted(
                sum(Result::arrived), sum(Result::missing), sum(Result::faults), firstFault()));
    lines.add(
        "sequence numbers past 2³²: %d of %d SAs; %,d packets came in another order"
            .formatted(sum(Result::crossed), lanes.size() * TUNNELS, sum(Result::reordered)));
    Map<DropReason, Long> refused = sums(Result::refused);
    Map<DropReason, Long> injected = sums(Result::injected);
    Map<DropReason, Long> all = new TreeMap<>(injected);
    refused.forEach(all::putIfAbsent);
    all.keySet()
        .forEach(
            reason ->
                lines.add(
                    "refused %,d of %,d injected: %s"
                        .formatted(
                            refused.getOrDefault(reason, 0L),
                            injected.getOrDefault(reason, 0L),
                            reason.words())));
    lines.add(
        "memory at a tenth → at the end: %d → %d MB resident, %.1f → %.1f MB of objects"
            .formatted(
                early.resident() / MEGABYTE,
                late.resident() / MEGABYTE,
                early.heap() / (double) MEGABYTE,
                late.heap() / (double) MEGABYTE));
    lines.add("");
    lines.add(verdict());
    return lines;
  }

  private String firstFault() {
    return lanes.stream()
        .map(Result::firstFault)
        .filter(fault -> fault != null)
        .findFirst()
        .map(fault -> ", the first: " + fault)
        .orElse("");
  }

  String verdict() {
    if (right()) {
      return "every packet came once, as it was sent, and nothing else did; memory is flat";
    }
    return memoryFlat()
        ? "NOT right: see the counts above; --seed %d repeats it".formatted(seed)
        : "memory grew: see above";
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = Json.object();
    machine.writeTo(json.putObject("machine"));
    json.put("back-end", backend)
        .put("seed", seed)
        .put("lanes", lanes.size())
        .put("seconds", Math.round(seconds * 10) / 10.0)
        .put("packets", sum(Result::packets))
        .put("bytes", sum(Result::bytes))
        .put("packets-per-second", Math.round(sum(Result::packets) / seconds))
        .put("arrived", sum(Result::arrived))
        .put("missing", sum(Result::missing))
        .put("faults", sum(Result::faults))
        .put("reordered", sum(Result::reordered))
        .put("sas-past-edge", sum(Result::crossed));
    write(json.putObject("injected"), sums(Result::injected));
    write(json.putObject("refused"), sums(Result::refused));
    json.put("resident-early", early.resident())
        .put("resident-late", late.resident())
        .put("heap-early", early.heap())
        .put("heap-late", late.heap())
        .put("right", right());
    return json.put("verdict", verdict());
  }

  private static void write(ObjectNode json, Map<DropReason, Long> counts) {
    counts.forEach((reason, n) -> json.put(reason.name(), n));
  }
}
