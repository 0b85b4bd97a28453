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
   */
  record Direction(long packets, long bytes, double busy, double nanos, double kernelNanos) {
    /** That one core can do. */
    double gigabits() {
      return bytes * 8.0 / packets / nanos;
    }
  }

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
        .put("gigabits-per-core", round(way.gigabits()))
        .put("ns", round(way.nanos()))
        .put("ns-kernel", round(way.kernelNanos()))
        .put("ns-esp", round(espNanos(out)))
        .put("ns-rest", round(rest(way, out)));
    Double library = libraryNanos(out);
    Double ratio = ratio(way, out);
    if (library != null && ratio != null) {
      json.put("ns-library", round(library)).put("ratio-to-library", round(ratio));
    }
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
