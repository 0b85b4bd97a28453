package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.Comparison.Slice;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures contenders in turns, so that what else the machine does hits all of them: in each round
 * everybody's one flow, then everybody's eight, the first of a round the last of the next.
 */
final class Contest {
  /** One through the first tunnel; eight shared between two. */
  static final List<Integer> FLOWS = List.of(1, 8);

  private final List<Contender> contenders;
  private final int rounds;
  private final Duration slice;
  private final ProgressBar bar;

  /**
   * @param contenders at least one, ours first
   * @param slice of time that is measured; a third of it before warms up
   */
  Contest(List<Contender> contenders, int rounds, Duration slice, ProgressBar bar) {
    this.contenders = List.copyOf(contenders);
    this.rounds = rounds;
    this.slice = slice;
    this.bar = bar;
  }

  /** How often the bar is moved on for so many contenders. */
  static int steps(int contenders, int rounds) {
    return contenders * rounds * FLOWS.size();
  }

  List<Comparison.Row> run() {
    List<List<Slice>> slices = new ArrayList<>();
    for (int i = 0; i < contenders.size() * FLOWS.size(); i++) {
      slices.add(new ArrayList<>());
    }
    for (int round = 0; round < rounds; round++) {
      for (int f = 0; f < FLOWS.size(); f++) {
        for (int i = 0; i < contenders.size(); i++) {
          int who = (i + round) % contenders.size();
          Contender contender = contenders.get(who);
          bar.show(
              "round %d of %d: %s, TCP flows: %d"
                  .formatted(round + 1, rounds, contender.name(), FLOWS.get(f)));
          slices.get(f * contenders.size() + who).add(measure(contender, FLOWS.get(f)));
          bar.step();
        }
      }
    }
    List<Comparison.Row> rows = new ArrayList<>();
    for (int i = 0; i < slices.size(); i++) {
      Contender contender = contenders.get(i % contenders.size());
      rows.add(
          new Comparison.Row(
              contender.name(),
              contender.version(),
              FLOWS.get(i / contenders.size()),
              slices.get(i)));
    }
    return rows;
  }

  private Slice measure(Contender contender, int flows) {
    List<TcpFlow> open = new ArrayList<>();
    try {
      for (int i = 0; i < flows; i++) {
        open.add(TcpFlow.open(contender.paths().get(i % contender.paths().size())));
      }
      Await.pause(slice.dividedBy(3));
      long began = System.nanoTime();
      long before = received(open);
      Contender.Spent spentBefore = contender.spent();
      Await.pause(slice);
      long bytes = received(open) - before;
      Contender.Spent spent = contender.spent().since(spentBefore);
      long nanos = System.nanoTime() - began;
      if (bytes <= 0) {
        throw new BenchException(
            "%s: nothing arrived by %d TCP flows in %.1f s"
                .formatted(contender.name(), flows, nanos / 1e9));
      }
      return new Slice(bytes, nanos, spent);
    } catch (IOException e) {
      throw new BenchException(
          "%s: no TCP connection through its tunnel: %s".formatted(contender.name(), e), e);
    } finally {
      open.forEach(TcpFlow::close);
    }
  }

  private static long received(List<TcpFlow> flows) {
    return flows.stream().mapToLong(TcpFlow::received).sum();
  }
}
