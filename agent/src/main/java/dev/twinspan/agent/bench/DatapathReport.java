package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.Offload;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code bench datapath} found.
 *
 * @param seconds that were measured
 * @param gigabits of inner packets a second in that time, with both ends on this machine
 * @param encapsulate the loop that reads the TUN and sends ESP
 * @param decapsulate the loop that receives ESP and writes the TUN
 * @param floor the same system calls in the same run, without ESP
 * @param esp of packets of that size, by itself
 * @param offloads as in {@code status}
 */
record DatapathReport(
    Machine machine,
    String backend,
    EspTransform transform,
    double seconds,
    double gigabits,
    Direction encapsulate,
    Direction decapsulate,
    Floor floor,
    Figures esp,
    List<Offload> offloads)
    implements BenchOptions.Report {

  /**
   * One loop.
   *
   * @param packets that it passed on, at least one
   * @param bytes of these, inner IP headers included
   * @param busy of the time, 0 to 1
   * @param nanos a packet on a processor
   * @param kernelNanos of these, in system calls
   * @param batch packets that went together through it
   */
  record Direction(
      long packets, long bytes, double busy, double nanos, double kernelNanos, double batch) {
    /** Several slices: the median of their nanoseconds, and the kernel's share of all. */
    static Direction of(List<Direction> slices) {
      long packets = slices.stream().mapToLong(Direction::packets).sum();
      double kernel = slices.stream().mapToDouble(d -> d.kernelNanos * d.packets).sum();
      double all = slices.stream().mapToDouble(d -> d.nanos * d.packets).sum();
      double median = Comparison.median(slices.stream().mapToDouble(Direction::nanos).toArray());
      return new Direction(
          packets,
          slices.stream().mapToLong(Direction::bytes).sum(),
          slices.stream().mapToDouble(Direction::busy).average().orElse(0),
          median,
          all == 0 ? 0 : median * kernel / all,
          packets / slices.stream().mapToDouble(d -> d.packets / d.batch).sum());
    }

    /** That one core can do. */
    double gigabits() {
      return bytes * 8.0 / packets / nanos;
    }
  }

  /**
   * What no ESP in user space can save: both loops with the product's devices and system calls, and
   * as many bytes, that pass on what they read.
   */
  record Floor(Direction encapsulate, Direction decapsulate) {}

  DatapathReport {
    offloads = List.copyOf(offloads);
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(machine.sentence());
    lines.add(
        "%s with %s; %s".formatted(CryptoReport.title(transform), backend, offloadsInWords()));
    lines.add(
        "one TCP flow, both ends on this machine: %.2f Gbit/s for %.0f s"
            .formatted(gigabits, seconds));
    lines.add("");
    lines.add(
        "%-12s %9s %12s %8s %8s %8s %8s %10s"
            .formatted(
                "", "ns/packet", "a core does", "kernel", "ESP", "rest", "library", "× library"));
    lines.add(line("encapsulate", encapsulate, true));
    lines.add(line("decapsulate", decapsulate, false));
    lines.add("");
    lines.add("the same system calls with as many bytes and no ESP, in turns with it:");
    lines.add(floorLine("encapsulate", true));
    lines.add(floorLine("decapsulate", false));
    lines.add("");
    lines.add(verdict());
    return lines;
  }

  private String line(String name, Direction way, boolean out) {
    return "%-12s %9.0f %12s %8.0f %8.0f %8.0f %8s %10s"
        .formatted(
            name,
            way.nanos(),
            "%.2f Gbit/s".formatted(way.gigabits()),
            way.kernelNanos(),
            espNanos(out),
            rest(way, out),
            libraryNanos(out) == null ? "–" : "%.0f".formatted(libraryNanos(out)),
            ratio(way, out) == null ? "–" : "%.2f".formatted(ratio(way, out)));
  }

  private String floorLine(String name, boolean out) {
    Direction bare = floor(out);
    Double library = libraryNanos(out);
    return "%-12s floor %.0f ns, of which the kernel %.0f, %.0f packets together; ours beyond it %.0f ns%s"
        .formatted(
            name,
            bare.nanos(),
            bare.kernelNanos(),
            bare.batch(),
            beyond(out),
            library == null
                ? ""
                : ", of which the library %.0f: %.2f × that"
                    .formatted(library, beyond(out) / library));
  }

  private Direction floor(boolean out) {
    return out ? floor.encapsulate() : floor.decapsulate();
  }

  /** What of a packet's nanoseconds is ours to save. */
  private double beyond(boolean out) {
    return (out ? encapsulate : decapsulate).nanos() - floor(out).nanos();
  }

  private double espNanos(boolean out) {
    return out ? esp.esp().out().median() : esp.esp().in().median();
  }

  private @Nullable Double libraryNanos(boolean out) {
    Cost library = esp.library();
    if (library == null) {
      return null;
    }
    return out ? library.out().median() : library.in().median();
  }

  private @Nullable Double ratio(Direction way, boolean out) {
    Double library = libraryNanos(out);
    return library == null ? null : way.nanos() / library;
  }

  /** Look-ups, replay window, coalescing, waking up. */
  private double rest(Direction way, boolean out) {
    return Math.max(0, way.nanos() - way.kernelNanos() - espNanos(out));
  }

  private String offloadsInWords() {
    List<String> off =
        offloads.stream()
            .filter(offload -> !offload.on())
            .map(
                offload ->
                    "%s off on %s: %s".formatted(offload.name(), offload.where(), offload.reason()))
            .toList();
    return off.isEmpty() ? "all offloads in use" : String.join("; ", off);
  }

  String verdict() {
    double core = Math.min(encapsulate.gigabits(), decapsulate.gigabits());
    boolean out = encapsulate.gigabits() <= decapsulate.gigabits();
    Direction slower = out ? encapsulate : decapsulate;
    double packets = 1e9 / slower.nanos();
    String limit = limit(slower, out);
    return GatewaySku.largestWithin(core, packets)
            .map(sku -> "fits %s: ".formatted(sku.title()))
            .orElse("too slow to fill a tunnel of %s: ".formatted(GatewaySku.SMALLEST.title()))
        + "one core %s %.2f Gbit/s of packets of %d bytes; the limit is %s"
            .formatted(
                out ? "encapsulates" : "decapsulates",
                core,
                slower.bytes() / slower.packets(),
                limit);
  }

  private String limit(Direction way, boolean out) {
    double library = Objects.requireNonNullElse(libraryNanos(out), espNanos(out));
    double layout = espNanos(out) - library;
    if (way.kernelNanos() >= Math.max(library, Math.max(layout, rest(way, out)))) {
      return "the kernel: system calls and copies";
    }
    if (library >= Math.max(layout, rest(way, out))) {
      return "encryption";
    }
    return layout >= rest(way, out)
        ? "copies and checksums"
        : "the way between them: look-ups, wake-ups";
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = Json.object();
    machine.writeTo(json.putObject("machine"));
    json.put("back-end", backend)
        .put("transform", CryptoReport.title(transform))
        .put("seconds", round(seconds))
        .put("gigabits", round(gigabits));
    write(json.putObject("encapsulate"), encapsulate, true);
    write(json.putObject("decapsulate"), decapsulate, false);
    ArrayNode list = json.putArray("offloads");
    for (Offload offload : offloads) {
      list.addObject()
          .put("where", offload.where())
          .put("name", offload.name())
          .put("on", offload.on())
          .put("reason", offload.reason());
    }
    return json.put("verdict", verdict());
  }

  private void write(ObjectNode json, Direction way, boolean out) {
    json.put("packets", way.packets())
        .put("bytes", way.bytes())
        .put("busy", round(way.busy()))
        .put("packets-together", round(way.batch()))
        .put("gigabits-per-core", round(way.gigabits()))
        .put("ns", round(way.nanos()))
        .put("ns-kernel", round(way.kernelNanos()))
        .put("ns-esp", round(espNanos(out)))
        .put("ns-rest", round(rest(way, out)))
        .put("ns-floor", round(floor(out).nanos()))
        .put("ns-floor-kernel", round(floor(out).kernelNanos()))
        .put("floor-packets-together", round(floor(out).batch()))
        .put("ns-beyond-floor", round(beyond(out)));
    Double library = libraryNanos(out);
    Double ratio = ratio(way, out);
    if (library != null && ratio != null) {
      json.put("ns-library", round(library))
          .put("ratio-to-library", round(ratio))
          .put("beyond-floor-to-library", round(beyond(out) / library));
    }
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
