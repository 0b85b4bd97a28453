package dev.twinspan.agent.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures {@link LatencyReport} in turns, so that what else the machine does hits all alike. */
final class LatencyBench {
  private static final int TURNS = 5;
  private static final int KINDS = 4;

  /** How often the bar is moved on. */
  static final int STEPS = TURNS * KINDS;

  /** Of a slice, before it: until TCP has found its rate, and code that slept has woken. */
  private static final int WARM_UP = 3;

  private LatencyBench() {}

  /**
   * @param time for all of it together
   */
  static LatencyReport measure(BenchPair pair, Duration time, ProgressBar bar) throws IOException {
    Duration slice = time.dividedBy(STEPS);
    InnerPath with = pair.paths().getFirst();
    InnerPath without = pair.wire();
    LatencyProbe.measure(with, slice);
    List<List<Latencies>> found = new ArrayList<>();
    for (int kind = 0; kind < KINDS; kind++) {
      found.add(new ArrayList<>());
    }
    for (int turn = 0; turn < TURNS; turn++) {
      for (int kind = 0; kind < KINDS; kind++) {
        boolean loaded = kind >= 2;
        boolean tunnel = kind % 2 == 1;
        InnerPath path = tunnel ? with : without;
        bar.show(
            "latency%s%s"
                .formatted(
                    tunnel ? " through the tunnel" : "", loaded ? " beside a TCP flow" : ""));
        found.get(kind).add(loaded ? loaded(path, slice) : LatencyProbe.measure(path, slice));
        bar.step();
      }
    }
    List<Latencies> all = found.stream().map(Latencies::merged).toList();
    return new LatencyReport(pair.loops(), all.get(0), all.get(1), all.get(2), all.get(3));
  }

  private static Latencies loaded(InnerPath path, Duration slice) throws IOException {
    try (TcpFlow _ = TcpFlow.open(path)) {
      LatencyProbe.measure(path, slice.dividedBy(WARM_UP));
      return LatencyProbe.measure(path, slice);
    }
  }
}
