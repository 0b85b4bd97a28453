package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.EventTotals.Bucket;
import dev.twinspan.agent.status.EventTotals.Count;
import dev.twinspan.agent.status.EventTotals.Outages;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventTotalsTest {
  private static final Instant TIME = Instant.parse("2026-09-21T12:00:03.5Z");

  private static Event event(long number, String tunnel, String code, long outageMillis) {
    Duration outage = outageMillis < 0 ? null : Duration.ofMillis(outageMillis);
    return new Event(7, number, TIME.plusSeconds(number), tunnel, code, "so it is", outage);
  }

  @Test
  void shouldCountByTunnelAndCodeAndKeepTheLatestId() {
    EventTotals totals =
        EventTotals.NONE
            .with(event(1, "hub/in0", "established", -1))
            .with(event(2, null, "established", -1))
            .with(event(3, "hub/in0", "established", -1));
    assertThat(totals.counts())
        .containsExactly(
            new Count("hub/in0", "established", 2, "7-3", TIME.plusSeconds(3)),
            new Count(null, "established", 1, "7-2", TIME.plusSeconds(2)));
    assertThat(totals.outages()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0,0", "50,0", "51,1", "250,2", "412,3", "180000,9", "180001,10"})
  void shouldPutAnOutageIntoItsBucket(long millis, int bucket) {
    Outages outages =
        EventTotals.NONE.with(event(3, "hub/in0", "failed-over", millis)).outages().getFirst();
    assertThat(outages.seconds()).isEqualTo(millis / 1e3);
    assertThat(outages.buckets()).hasSize(Outages.BOUNDS.size() + 1);
    assertThat(outages.buckets().stream().mapToLong(Bucket::count).sum()).isEqualTo(1);
    assertThat(outages.buckets().get(bucket))
        .isEqualTo(new Bucket(1, "7-3", millis / 1e3, TIME.plusSeconds(3)));
  }

  /** Whatever names and codes there come to be: a bounded number of them, and none uncounted. */
  @Test
  void shouldNotGrowWithoutBound() {
    EventTotals totals = EventTotals.NONE;
    int most = 2 * EventTotals.MOST;
    for (int i = 1; i <= most; i++) {
      totals = totals.with(event(i, "hub/in" + i, "failed-over", 10));
    }
    assertThat(totals.counts()).hasSize(EventTotals.MOST);
    assertThat(totals.counts().getLast().code()).isEqualTo(EventTotals.OTHER);
    assertThat(totals.counts().stream().mapToLong(Count::count).sum()).isEqualTo(most);
    assertThat(totals.outages()).hasSize(EventTotals.MOST);
  }

  @Test
  void shouldReadBackWhatItWrites() throws Exception {
    EventTotals totals = EventTotals.NONE;
    for (Event event :
        List.of(
            event(1, null, "started", -1),
            event(2, "hub/in0", "failed-over", 412),
            event(3, "hub/in0", "reconnected", 999_999))) {
      totals = totals.with(event);
    }
    assertThat(EventTotalsJson.totals(EventTotalsJson.tree(totals))).isEqualTo(totals);
  }
}
