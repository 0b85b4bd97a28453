package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.datapath.PathBench;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * 64-byte datagrams in full batches: through the kernel, where one flow comes as super-packets, and
 * without it, each read by itself and of as many flows as there are packets.
 *
 * @param encapsulate the loop that reads the TUN and sends ESP
 * @param decapsulate the loop that receives ESP and writes the TUN
 * @param path both workers without a kernel
 */
record SmallPackets(Direction encapsulate, Direction decapsulate, Cost path) {
  private static final int LENGTH = CryptoReport.SMALL;
  private static final int FLOWS = 64;
  private static final int STEPS = 2;

  private static final Duration LATEST = Duration.ofMinutes(1);

  /**
   * For about that long: a quarter warms up, or more, half is measured, a quarter is the path's.
   */
  static SmallPackets measure(
      BenchPair pair, EspBackend backend, EspTransform transform, Duration time, ProgressBar bar) {
    Duration quarter = time.dividedBy(4);
    BenchPair.End left = pair.left();
    BenchPair.End right = pair.right();
    OneFlow.Watch sent = new OneFlow.Watch(left.datapath().counters().out(), left.out());
    OneFlow.Watch received = new OneFlow.Watch(right.datapath().counters().in(), right.in());
    Direction out;
    Direction in;
    try (UdpFlood _ = UdpFlood.open(pair.paths().getFirst(), LENGTH)) {
      bar.show("small packets");
      WarmUp.with(() -> Await.pause(quarter));
      bar.step();
      sent.begin();
      received.begin();
      OneFlow.pass(quarter.multipliedBy(2), 1, bar, "small packets");
      // On a busy machine the far loop may not have had its turn yet.
      Await.until(LATEST, () -> sent.passed() && received.passed());
      out = sent.end();
      in = received.end();
    }
    bar.show("small packets without the kernel");
    WarmUp.with(() -> PathBench.measureUdp(backend, transform, LENGTH, FLOWS, quarter));
    Cost path = PathBench.measureUdp(backend, transform, LENGTH, FLOWS, quarter).path();
    return new SmallPackets(out, in, path);
  }

  /** How often {@link #measure} moves the bar on. */
  static int steps() {
    return STEPS;
  }

  void lines(List<String> lines) {
    lines.add(
        "%d-byte datagrams in full batches: a core encapsulates %.2f Mpps, decapsulates %.2f"
            .formatted(LENGTH, megapackets(encapsulate.nanos()), megapackets(decapsulate.nanos())));
    lines.add(
        "without the kernel, each read by itself, of %d flows: %.2f and %.2f Mpps"
            .formatted(FLOWS, megapackets(path.out()), megapackets(path.in())));
  }

  void writeTo(ObjectNode json) {
    ObjectNode small = json.putObject("small-packets").put("inner-bytes", LENGTH);
    small
        .put("encapsulate-ns", round(encapsulate.nanos()))
        .put("encapsulate-ns-kernel", round(encapsulate.kernelNanos()))
        .put("encapsulate-mpps", round(megapackets(encapsulate.nanos())))
        .put("decapsulate-ns", round(decapsulate.nanos()))
        .put("decapsulate-ns-kernel", round(decapsulate.kernelNanos()))
        .put("decapsulate-mpps", round(megapackets(decapsulate.nanos())));
    small
        .putObject("without-kernel")
        .put("flows", FLOWS)
        .put("encapsulate-mpps", round(megapackets(path.out())))
        .put("decapsulate-mpps", round(megapackets(path.in())));
  }

  private static double megapackets(Nanos nanos) {
    return megapackets(nanos.median());
  }

  /** 0 when nothing passed. */
  private static double megapackets(double nanos) {
    return nanos == 0 ? 0 : 1e3 / nanos;
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
