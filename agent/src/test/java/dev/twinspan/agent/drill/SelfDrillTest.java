package dev.twinspan.agent.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.drill.DrillReport.Outcome;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A box of two connections, one with two tunnels and one with one, in virtual time. */
class SelfDrillTest {
  private static final String IN0 = "hub/in0";
  private static final String IN1 = "hub/in1";
  private static final String LONE = "old/in0";
  private static final long MS = 1_000_000;
  private static final long REST = 10_000 * MS;

  /** A tunnel as its gateway and the datapath have it. */
  private static final class Way {
    boolean works = true;
    boolean drained;
    boolean drainedByHand;
    long drainedAt;
    long undrainedAt;
    long backAfter = 800 * MS;
    long sentAt;
    long heardAt;
    long dropped;

    boolean suspect;

    boolean healthy(long now) {
      return works && !drained && now - undrainedAt >= backAfter;
    }
  }

  private final SelfDrill drill = new SelfDrill();
  private final Map<String, Way> ways = new LinkedHashMap<>();
  private final List<DrillAction> actions = new ArrayList<>();
  private final List<DrillReport> ended = new ArrayList<>();
  private LocalDateTime wall = LocalDateTime.of(2026, 11, 21, 1, 0);
  private long now = 1_000_000 * MS;
  private boolean traffic = true;

  /** Answers stop for so long when a tunnel is drained. */
  private long hiccup;

  private long answersFrom;

  @BeforeEach
  void configure() {
    for (String name : List.of(IN0, IN1, LONE)) {
      ways.put(name, new Way());
    }
    nightly("02:00-04:00");
    ways.values().forEach(way -> way.undrainedAt = now - way.backAfter);
  }

  private void nightly(String window) {
    Map<String, List<String>> connections = new LinkedHashMap<>();
    connections.put("hub", List.of(IN0, IN1));
    connections.put("old", List.of(LONE));
    drill.configure(connections, DrillWindow.parse(window), REST);
  }

  private void pass(Duration time) {
    for (long end = now + time.toNanos(); now - end < 0; ) {
      // Hours in which nothing happens go by in a hurry.
      boolean idle = drill.current() == null && drill.waiting().isEmpty();
      long step = Math.min(idle ? 500 * MS : 5 * MS, Math.max(5 * MS, end - now));
      now += step;
      wall = wall.plusNanos(step);
      packets();
      if (now - drill.nextLook() >= 0) {
        drill.look(now, () -> wall, this::see).forEach(this::perform);
      }
      assertThat(ways.values().stream().filter(w -> w.drained && !w.drainedByHand).count())
          .as("never two at once")
          .isLessThanOrEqualTo(1);
    }
  }

  private void packets() {
    if (!traffic) {
      return;
    }
    ways.values().stream()
        .filter(way -> way.healthy(now))
        .forEach(
            way -> {
              way.sentAt = now;
              if (now - answersFrom >= 0) {
                way.heardAt = now - 2 * MS;
              }
            });
  }

  private DrillSight see(String name) {
    Way way = way(name);
    boolean closed = way.drained && now - way.drainedAt >= 600 * MS;
    return new DrillSight(
        way.healthy(now) && !way.suspect,
        way.healthy(now),
        closed,
        way.drained,
        way.sentAt,
        way.heardAt,
        way.dropped);
  }

  private Way way(String name) {
    Way way = ways.get(name);
    assertThat(way).isNotNull();
    return way;
  }

  private void perform(DrillAction action) {
    actions.add(action);
    Way way = way(action.tunnel());
    switch (action) {
      case DrillAction.Started _ -> {}
      case DrillAction.Drain _ -> {
        assertThat(action.tunnel()).isNotEqualTo(LONE);
        String other = action.tunnel().equals(IN0) ? IN1 : IN0;
        assertThat(way(other).healthy(now)).as("%s when %s is drained", other, action).isTrue();
        way.drained = true;
        way.drainedAt = now;
        answersFrom = now + hiccup;
      }
      case DrillAction.Undrain _ -> {
        if (way.drained) {
          way.drained = false;
          way.undrainedAt = now;
        }
      }
      case DrillAction.Ended(DrillReport report) -> ended.add(report);
    }
  }

  private List<Outcome> outcomes() {
    return ended.stream().map(DrillReport::outcome).toList();
  }

  @Test
  void shouldDrillEachTunnelOnceInItsWindow() {
    pass(Duration.ofMinutes(59));
    assertThat(actions).isEmpty();
    pass(Duration.ofMinutes(10));
    assertThat(ended).extracting(DrillReport::tunnel).containsExactly(IN0, IN1);
    assertThat(outcomes()).containsOnly(Outcome.PASSED);
    assertThat(ended.getFirst().closedNanos()).isBetween(600 * MS, 650 * MS);
    assertThat(ended.getFirst().backNanos()).isBetween(800 * MS, 850 * MS);
    assertThat(ended.getFirst().outageNanos()).isLessThan(50 * MS);
    pass(Duration.ofHours(4));
    assertThat(ended).hasSize(2);
    pass(Duration.ofHours(20));
    assertThat(ended).as("the next night").hasSize(4);
  }

  @Test
  void shouldKnowAWindowThatSpansMidnight() {
    nightly("23:30-00:30");
    pass(Duration.ofHours(22));
    assertThat(ended).isEmpty();
    pass(Duration.ofHours(1));
    assertThat(ended).hasSize(2);
    pass(Duration.ofHours(2));
    assertThat(ended).hasSize(2);
  }

  @Test
  void shouldBringNothingBackForAMomentsDoubt() {
    pass(Duration.ofMinutes(60));
    for (int i = 0; i < 600 && ended.size() < 2; i++) {
      pass(Duration.ofSeconds(1));
      String drained =
          ways.entrySet().stream()
              .filter(way -> way.getValue().drained)
              .map(Map.Entry::getKey)
              .findFirst()
              .orElse(null);
      if (drained != null) {
        String other = drained.equals(IN0) ? IN1 : IN0;
        way(other).suspect = true;
        pass(Duration.ofMillis(40));
        way(other).suspect = false;
      }
    }
    assertThat(outcomes()).containsExactly(Outcome.PASSED, Outcome.PASSED);
  }

  @Test
  void shouldNotDrainWhileTheNeighbourIsNotHealthyAndSaySo() {
    way(IN1).works = false;
    pass(Duration.ofMinutes(65));
    assertThat(outcomes()).containsExactly(Outcome.SKIPPED, Outcome.SKIPPED);
    assertThat(ended.getFirst().sentence()).contains(IN1, "healthy");
    assertThat(actions).noneMatch(DrillAction.Drain.class::isInstance);
  }

  @Test
  void shouldBringBackAtOnceWhenTheNeighbourFails() {
    pass(Duration.ofMinutes(60));
    while (!way(IN0).drained) {
      pass(Duration.ofMillis(5));
    }
    pass(Duration.ofSeconds(2));
    way(IN1).works = false;
    pass(Duration.ofMillis(50));
    assertThat(way(IN0).drained).isFalse();
    pass(Duration.ofSeconds(10));
    assertThat(ended.getFirst().outcome()).isEqualTo(Outcome.ABORTED);
    assertThat(ended.getFirst().sentence()).contains(IN1);
  }

  @Test
  void shouldMeasureWhatItCosts() {
    hiccup = 700 * MS;
    assertThat(drill.ask(now, List.of(IN0), 1_000 * MS)).isNull();
    pass(Duration.ofSeconds(30));
    assertThat(outcomes()).containsExactly(Outcome.DISTURBED);
    assertThat(ended.getFirst().outageNanos()).isBetween(650 * MS, 750 * MS);
  }

  @Test
  void shouldCountPacketsThatWereDropped() {
    assertThat(drill.ask(now, List.of(IN0), 1_000 * MS)).isNull();
    pass(Duration.ofMillis(5_100));
    assertThat(way(IN0).drained).isTrue();
    way(IN0).dropped += 3;
    pass(Duration.ofSeconds(30));
    assertThat(outcomes()).containsExactly(Outcome.DISTURBED);
    assertThat(ended.getFirst().dropped()).isEqualTo(3);
  }

  @Test
  void shouldNotClaimAnOutageWithoutTraffic() {
    traffic = false;
    assertThat(drill.ask(now, List.of(IN1), 1_000 * MS)).isNull();
    pass(Duration.ofSeconds(30));
    assertThat(outcomes()).containsExactly(Outcome.PASSED);
    assertThat(ended.getFirst().outageNanos()).isNull();
    assertThat(ended.getFirst().sentence()).contains("no traffic");
  }

  @Test
  void shouldFailWhatDoesNotComeBackAndDrillNothingElseThatNight() {
    way(IN0).backAfter = Duration.ofHours(10).toNanos();
    pass(Duration.ofMinutes(59));
    way(IN0).undrainedAt = now - way(IN0).backAfter;
    pass(Duration.ofMinutes(30));
    assertThat(outcomes()).containsExactly(Outcome.FAILED);
  }

  @Test
  void shouldEndWithTheWindow() {
    nightly("02:00-02:01");
    way(IN1).works = false;
    pass(Duration.ofMinutes(70));
    assertThat(outcomes()).containsOnly(Outcome.SKIPPED).hasSize(2);
    assertThat(drill.current()).isNull();
  }

  @Test
  void shouldRefuseALoneTunnelAndASecondDrill() {
    assertThat(drill.ask(now, List.of(LONE), REST)).contains("only tunnel");
    assertThat(drill.ask(now, List.of(IN0, IN1), REST)).isNull();
    assertThat(drill.ask(now, List.of(IN1), REST)).contains("under way");
  }

  @Test
  void shouldBringBackWhatIsDrainedWhenItsConnectionChanges() {
    assertThat(drill.ask(now, List.of(IN0), REST)).isNull();
    pass(Duration.ofSeconds(7));
    assertThat(way(IN0).drained).isTrue();
    drill.configure(Map.of("hub", List.of(IN0)), null, REST);
    pass(Duration.ofSeconds(1));
    assertThat(way(IN0).drained).isFalse();
    assertThat(drill.nextLook()).isEqualTo(Long.MAX_VALUE);
  }

  /** Whatever fails when: never two at once, never without a neighbour, and all comes back. */
  @Test
  void shouldLeaveNothingDrainedWhateverHappens() {
    for (long seed = 0; seed < 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ways.values().forEach(way -> way.works = true);
      for (int i = 0; i < 40; i++) {
        String refused = drill.ask(now, List.of(IN0, IN1), random.nextLong(20_000) * MS);
        assertThat(refused == null || refused.contains("under way")).isTrue();
        way(random.nextBoolean() ? IN0 : IN1).works = random.nextInt(3) > 0;
        pass(Duration.ofMillis(random.nextLong(20_000)));
      }
      ways.values().forEach(way -> way.works = true);
      pass(Duration.ofMinutes(8));
      assertThat(ways.values()).as("seed %d", seed).noneMatch(way -> way.drained);
      assertThat(drill.current()).isNull();
    }
  }
}
