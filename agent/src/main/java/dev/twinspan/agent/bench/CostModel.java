package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.datapath.PathBench;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.CipherBench.Parts;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.node.ObjectNode;

/**
 * The model of the limit: where the nanoseconds of a packet go, each part measured by itself, held
 * against the whole, which was measured with none of them.
 *
 * <pre>
 *   library            the bare cipher
 *   checksums          what packets cost more than such that need none
 *   copies             of ours: one on the way out, none on the way in, which decrypts in place
 *   layout             ESP, measured, less these three
 *   Java               both workers with LAN and WAN in memory, less ESP
 *   loop               user time of the floor's loops: waking up, calls from Java into the kernel
 *   kernel, copies     as many bytes copied in memory: from the TUN and to the socket, or back
 *   kernel, the rest   the thread's system time less these: calls, network stack, veth
 * </pre>
 */
record CostModel(Way encapsulate, Way decapsulate) {
  /** Each way copies twice between the kernel and us. */
  private static final int KERNEL_COPIES = 2;

  /**
   * One direction, in nanoseconds a packet.
   *
   * @param whole the thread's processor time
   */
  record Way(
      double library,
      double checksum,
      double copy,
      double layout,
      double java,
      double loop,
      double kernelCopies,
      double kernel,
      double whole) {
    static Way of(
        Direction whole,
        Direction floor,
        Nanos path,
        Nanos esp,
        Nanos library,
        Nanos checksum,
        Nanos copy,
        int own) {
      double ours = esp.median() - library.median() - checksum.median();
      double copies = Math.clamp(own * copy.median(), 0, Math.max(0, ours));
      double kernelCopies = Math.min(KERNEL_COPIES * copy.median(), whole.kernelNanos());
      return new Way(
          library.median(),
          checksum.median(),
          copies,
          Math.max(0, ours - copies),
          Math.max(0, path.median() - esp.median()),
          floor.nanos() - floor.kernelNanos(),
          kernelCopies,
          whole.kernelNanos() - kernelCopies,
          whole.nanos());
    }

    double sum() {
      return library + checksum + copy + layout + java + loop + kernelCopies + kernel;
    }

    /** The sum's part of the whole: 1 when the model explains all of it. */
    double explained() {
      return sum() / whole;
    }
  }

  private record Row(String key, String title, ToDoubleFunction<Way> nanos) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("library", "AES and GHASH, the library", Way::library),
          new Row("checksums", "inner checksums", Way::checksum),
          new Row("copies", "copies of ours", Way::copy),
          new Row("layout", "ESP headers, trailers, ICVs", Way::layout),
          new Row("java", "Java: look-ups, replay, coalescing", Way::java),
          new Row("loop", "loop: waking, calls from Java", Way::loop),
          new Row("kernel-copies", "kernel: copies to and from us", Way::kernelCopies),
          new Row("kernel", "kernel: calls, stack, devices", Way::kernel),
          new Row("sum", "sum", Way::sum),
          new Row("whole", "measured as a whole", Way::whole));

  /** Measures the parts for about that long and holds them against the report. */
  static CostModel measure(
      DatapathReport report, EspBackend backend, EspTransform transform, int mtu, Duration time) {
    Duration half = time.dividedBy(2);
    Parts parts = CipherBench.parts(backend, transform, mtu, half);
    // The workers are compiled anew for a LAN and a WAN in memory.
    WarmUp.with(() -> PathBench.measureTcp(backend, transform, mtu, half));
    Cost path = PathBench.measureTcp(backend, transform, mtu, half).path();
    return of(report, parts, path);
  }

  static CostModel of(DatapathReport report, Parts parts, Cost path) {
    Figures esp = report.esp();
    Cost library = esp.library() == null ? esp.esp() : esp.library();
    return new CostModel(
        Way.of(
            report.encapsulate(),
            report.floor().encapsulate(),
            path.out(),
            esp.esp().out(),
            library.out(),
            parts.checksum().out(),
            parts.copy(),
            1),
        Way.of(
            report.decapsulate(),
            report.floor().decapsulate(),
            path.in(),
            esp.esp().in(),
            library.in(),
            parts.checksum().in(),
            parts.copy(),
            0));
  }

  void lines(List<String> lines) {
    lines.add(row("where a packet's ns go", "encapsulate", "decapsulate"));
    for (Row row : ROWS) {
      lines.add(
          row(
              "  " + row.title(),
              "%.0f".formatted(row.nanos().applyAsDouble(encapsulate)),
              "%.0f".formatted(row.nanos().applyAsDouble(decapsulate))));
    }
    lines.add(
        row(
            "  the sum's part of it",
            "%.0f %%".formatted(encapsulate.explained() * 100),
            "%.0f %%".formatted(decapsulate.explained() * 100)));
  }

  private static String row(String title, String out, String in) {
    return "%-36s %12s %12s".formatted(title, out, in);
  }

  void writeTo(ObjectNode json) {
    ObjectNode model = json.putObject("model");
    write(model.putObject("encapsulate"), encapsulate);
    write(model.putObject("decapsulate"), decapsulate);
  }

  private static void write(ObjectNode json, Way way) {
    ROWS.forEach(row -> json.put("ns-" + row.key(), round(row.nanos().applyAsDouble(way))));
    json.put("explained", round(way.explained()));
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
