package dev.twinspan.agent.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot.StateSetDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Metric families in the making. Names are written whole but for {@code _total} and {@code _info},
 * which the formats put at the end; a name ends in its unit. A family without a point is left out,
 * and so is a point whose value is not known (NaN).
 */
final class Families {
  static final double UNKNOWN = Double.NaN;

  private final List<MetricSnapshot> all = new ArrayList<>();

  MetricSnapshots snapshots() {
    return new MetricSnapshots(all);
  }

  /** Families about several things of a kind, each told by its labels. */
  <T> Of<T> of(Collection<T> things, Function<T, Labels> labels) {
    return new Of<>(List.copyOf(things), labels);
  }

  /** Families about the box itself. */
  Of<Boolean> once() {
    return of(List.of(true), _ -> Labels.EMPTY);
  }

  /** A counter for each reason, beside the labels of what it is about. */
  <T> void reasons(
      String name,
      String help,
      Collection<T> things,
      Function<T, Labels> labels,
      Function<T, Map<String, Long>> counts) {
    List<CounterDataPointSnapshot> points = new ArrayList<>();
    for (T thing : things) {
      new TreeMap<>(counts.apply(thing))
          .forEach(
              (reason, count) ->
                  points.add(counter(labels.apply(thing).add("reason", reason), count)));
    }
    add(points, () -> new CounterSnapshot(metadata(name, null, help), points));
  }

  private static CounterDataPointSnapshot counter(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static MetricMetadata metadata(String name, @Nullable Unit unit, String help) {
    return unit == null ? new MetricMetadata(name, help) : new MetricMetadata(name, help, unit);
  }

  private void add(List<?> points, Supplier<MetricSnapshot> family) {
    if (!points.isEmpty()) {
      all.add(family.get());
    }
  }

  /** See {@link #of}. */
  final class Of<T> {
    private final List<T> things;
    private final Function<T, Labels> labels;

    private Of(List<T> things, Function<T, Labels> labels) {
      this.things = things;
      this.labels = labels;
    }

    Of<T> gauge(String name, @Nullable Unit unit, String help, ToDoubleFunction<T> value) {
      List<GaugeDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        double known = value.applyAsDouble(thing);
        if (!Double.isNaN(known)) {
          points.add(
              GaugeDataPointSnapshot.builder().labels(labels.apply(thing)).value(known).build());
        }
      }
      add(points, () -> new GaugeSnapshot(metadata(name, unit, help), points));
      return this;
    }

    Of<T> counter(String name, @Nullable Unit unit, String help, ToDoubleFunction<T> value) {
      List<CounterDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        double known = value.applyAsDouble(thing);
        if (!Double.isNaN(known)) {
          points.add(Families.counter(labels.apply(thing), known));
        }
      }
      add(points, () -> new CounterSnapshot(metadata(name, unit, help), points));
      return this;
    }

    /** The same with what the latest rise came from; null: not known. */
    Of<T> counter(
        String name, String help, ToDoubleFunction<T> value, Function<T, Exemplar> exemplar) {
      List<CounterDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        points.add(
            CounterDataPointSnapshot.builder()
                .labels(labels.apply(thing))
                .value(value.applyAsDouble(thing))
                .exemplar(exemplar.apply(thing))
                .build());
      }
      add(points, () -> new CounterSnapshot(metadata(name, null, help), points));
      return this;
    }

    /**
     * @param counts of each bucket alone, one more than there are bounds
     * @param exemplars of which each goes to the bucket of its value
     */
    Of<T> histogram(
        String name,
        Unit unit,
        String help,
        List<Double> bounds,
        Function<T, List<Long>> counts,
        ToDoubleFunction<T> sum,
        Function<T, List<Exemplar>> exemplars) {
      List<Double> upTo = new ArrayList<>(bounds);
      upTo.add(Double.POSITIVE_INFINITY);
      List<HistogramDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        points.add(
            HistogramDataPointSnapshot.builder()
                .labels(labels.apply(thing))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(upTo, counts.apply(thing)))
                .sum(sum.applyAsDouble(thing))
                .exemplars(Exemplars.of(exemplars.apply(thing)))
                .build());
      }
      add(points, () -> new HistogramSnapshot(metadata(name, unit, help), points));
      return this;
    }

    /** One series for each state there is, 1 for the one it is in. */
    <E extends Enum<E>> Of<T> states(String name, String help, E[] states, Function<T, E> state) {
      List<StateSetDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        E current = state.apply(thing);
        var point = StateSetDataPointSnapshot.builder().labels(labels.apply(thing));
        for (E possible : states) {
          point.state(word(possible), possible == current);
        }
        points.add(point.build());
      }
      add(points, () -> new StateSetSnapshot(metadata(name, null, help), points));
      return this;
    }

    /** 1, with labels that say more. */
    Of<T> info(String name, String help, Function<T, Labels> more) {
      List<InfoDataPointSnapshot> points = new ArrayList<>();
      for (T thing : things) {
        Labels both = labels.apply(thing).merge(more.apply(thing));
        points.add(InfoDataPointSnapshot.builder().labels(both).build());
      }
      add(points, () -> new InfoSnapshot(metadata(name, null, help), points));
      return this;
    }
  }

  /** As {@code status --json} has it. */
  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
