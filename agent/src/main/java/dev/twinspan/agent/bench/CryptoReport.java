package dev.twinspan.agent.bench;

import dev.twinspan.agent.json.Json;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code bench crypto} found, as a table with a verdict and as JSON.
 *
 * @param chosen the back-end that carries ESP here, and why
 * @param backends name and version of each that was measured, or why it was not
 */
record CryptoReport(Machine machine, Chosen chosen, List<String> backends, List<Figures> figures)
    implements BenchOptions.Report {
  /** Inner packets of the two kinds that matter; the larger fills 1500 bytes outside. */
  static final int SMALL = 64;

  static final int LARGE = 1438;

  private static final EspTransform AZURE_BEST = EspTransform.AES_GCM_256;

  record Chosen(String name, String reason) {}

  CryptoReport {
    backends = List.copyOf(backends);
    figures = List.copyOf(figures);
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(machine.sentence());
    lines.addAll(backends);
    lines.add("");
    lines.add(
        "%-10s %-18s %5s   %-22s %-22s %s"
            .formatted("", "", "inner", "encapsulate", "decapsulate", "the library alone"));
    lines.add(
        "%-10s %-18s %5s   %9s %12s %9s %12s %12s"
            .formatted(
                "back-end", "transform", "bytes", "ns/packet", "", "ns/packet", "", "ns/packet"));
    figures.forEach(row -> lines.add(line(row)));
    lines.add("");
    lines.add(verdict());
    return lines;
  }

  private static String line(Figures row) {
    Cost library = row.library();
    return "%-10s %-18s %5d   %9.0f %12s %9.0f %12s %12s"
        .formatted(
            row.backend(),
            title(row.transform()),
            row.innerLength(),
            row.esp().out().median(),
            rate(row.esp().out(), row.innerLength()),
            row.esp().in().median(),
            rate(row.esp().in(), row.innerLength()),
            library == null
                ? "–"
                : "%.0f / %.0f".formatted(library.out().median(), library.in().median()));
  }

  private static String rate(Nanos nanos, int innerLength) {
    return innerLength == SMALL
        ? "%.2f Mpps".formatted(1e3 / nanos.median())
        : "%.2f Gbit/s".formatted(innerLength * 8 / nanos.median());
  }

  /** As a person writes it: AES-256-CBC+SHA-256. */
  static String title(EspTransform transform) {
    int bits = transform.encryptionKeyLength() * 8;
    return switch (transform.integrityKeyLength()) {
      case 0 -> "AES-%d-GCM".formatted(bits);
      case 20 -> "AES-%d-CBC+SHA-1".formatted(bits);
      default -> "AES-%d-CBC+SHA-256".formatted(bits);
    };
  }

  String verdict() {
    Optional<Figures> large = best(LARGE);
    Optional<Figures> small = best(SMALL);
    if (large.isEmpty() || small.isEmpty()) {
      return "no verdict: %s was not measured with %s".formatted(title(AZURE_BEST), chosen.name());
    }
    double gigabits = LARGE * 8 / slower(large.get().esp());
    double packets = 1e9 / slower(small.get().esp());
    String can =
        "one core does %s of %.1f Gbit/s and %.0f kpps, before system calls and the kernel's share"
            .formatted(title(AZURE_BEST), gigabits, packets / 1e3);
    return GatewaySku.largestWithin(gigabits, packets)
        .map(
            sku ->
                "fits %s: %s; a tunnel there carries %s Gbit/s, %d kpps"
                    .formatted(sku.title(), can, sku.gigabits(), sku.packets() / 1000))
        .orElseGet(
            () ->
                "too slow to fill a tunnel of %s, %s Gbit/s and %d kpps: %s"
                    .formatted(
                        GatewaySku.SMALLEST.title(),
                        GatewaySku.SMALLEST.gigabits(),
                        GatewaySku.SMALLEST.packets() / 1000,
                        can));
  }

  private static double slower(Cost cost) {
    return Math.max(cost.out().median(), cost.in().median());
  }

  private Optional<Figures> best(int innerLength) {
    return figures.stream()
        .filter(row -> row.backend().equals(chosen.name()))
        .filter(row -> row.transform() == AZURE_BEST && row.innerLength() == innerLength)
        .findFirst();
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = Json.object();
    machine.writeTo(json.putObject("machine"));
    json.putObject("chosen").put("back-end", chosen.name()).put("reason", chosen.reason());
    ArrayNode names = json.putArray("back-ends");
    backends.forEach(names::add);
    ArrayNode rows = json.putArray("figures");
    for (Figures row : figures) {
      ObjectNode entry =
          rows.addObject()
              .put("back-end", row.backend())
              .put("transform", title(row.transform()))
              .put("inner-bytes", row.innerLength())
              .put("rounds", row.rounds());
      write(entry.putObject("encapsulate"), row.esp().out());
      write(entry.putObject("decapsulate"), row.esp().in());
      Cost library = row.library();
      if (library != null) {
        write(entry.putObject("library-seal"), library.out());
        write(entry.putObject("library-open"), library.in());
      }
    }
    return json.put("verdict", verdict());
  }

  private static void write(ObjectNode json, Nanos nanos) {
    json.put("ns-median", round(nanos.median())).put("ns-least", round(nanos.least()));
  }

  private static double round(double nanos) {
    return Math.round(nanos * 10) / 10.0;
  }
}
