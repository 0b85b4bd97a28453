package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetAction.Close;
import dev.twinspan.agent.fleet.FleetAction.Connect;
import dev.twinspan.agent.fleet.FleetAction.Publish;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.Verdict;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** In virtual time. */
class FleetCoreTest {
  private static final String PREFIX = "twinspan/1/lyon/branch-0017/";
  private static final long SESSION = 7;

  private final AgentStatus status = StatusFixture.both(10);
  private long now;
  private double lot = 1;
  private final FleetCore core =
      new FleetCore(
          now, SESSION, Duration.ofSeconds(10), () -> lot, () -> new Machine(1.5, 1e8, Double.NaN));

  private List<FleetAction> after(Duration time, AgentStatus seen) {
    now += time.toNanos();
    return core.tick(now, seen);
  }

  private List<FleetAction> after(Duration time) {
    return after(time, status);
  }

  private void online() {
    assertThat(after(Duration.ZERO)).singleElement().isInstanceOf(Connect.class);
    core.connected(now, status);
  }

  private static JsonNode json(byte[] payload) throws Json.Malformed {
    return Json.parse(new String(payload, StandardCharsets.UTF_8));
  }

  private static Publish published(FleetAction action) {
    return (Publish) action;
  }

  @Test
  void shouldDialAtOnceWithAWillOfItsSession() throws Exception {
    Connect connect = (Connect) after(Duration.ZERO).getFirst();
    assertThat(connect.willTopic()).isEqualTo(PREFIX + "state");
    assertThat(json(connect.will()).get("state").asString()).isEqualTo("lost");
    assertThat(json(connect.will()).get("session").asLong()).isEqualTo(SESSION);
    assertThat(after(Duration.ofSeconds(1))).as("one attempt at a time").isEmpty();
  }

  @Test
  void shouldTellOfItsBirthOnceConnected() throws Exception {
    after(Duration.ZERO);
    List<FleetAction> birth = core.connected(now, status);
    assertThat(birth)
        .extracting(action -> published(action).topic())
        .containsExactly(PREFIX + "state", PREFIX + "about", PREFIX + "state", PREFIX + "health");
    assertThat(json(published(birth.getFirst()).payload()).get("state").asString())
        .isEqualTo("init");
    Publish ready = published(birth.get(2));
    assertThat(json(ready.payload()).get("state").asString()).isEqualTo("ready");
    assertThat(ready.qos()).isEqualTo(1);
    assertThat(ready.retained()).isTrue();
    Publish health = published(birth.getLast());
    assertThat(health.qos()).isZero();
    assertThat(health.retained()).isFalse();
    assertThat(json(health.payload()).get("seq").asLong()).isEqualTo(1);
  }

  /** Whoever asks, and however often: a flood of questions is not answered by one of births. */
  @Test
  void shouldTellOfItsBirthAgainWhenAskedButNotEachTime() throws Exception {
    assertThat(core.rebirth(now, status)).as("not connected").isEmpty();
    online();
    assertThat(core.rebirth(now, status)).as("just born").isEmpty();
    now += FleetCore.BETWEEN_BIRTHS.toNanos();
    List<FleetAction> birth = core.rebirth(now, status);
    assertThat(birth)
        .extracting(action -> published(action).topic())
        .containsExactly(PREFIX + "about", PREFIX + "state", PREFIX + "health");
    assertThat(json(published(birth.getLast()).payload()).get("seq").asLong()).isEqualTo(2);
    for (int i = 0; i < 1000; i++) {
      assertThat(core.rebirth(now + i, status)).isEmpty();
    }
  }

  @Test
  void shouldTellHealthInIntervalsAndOnChange() throws Exception {
    online();
    assertThat(after(Duration.ofSeconds(9))).isEmpty();
    List<FleetAction> due = after(Duration.ofSeconds(1));
    assertThat(due).hasSize(1);
    assertThat(json(published(due.getFirst()).payload()).get("seq").asLong()).isEqualTo(2);

    AgentStatus failed = StatusFixture.oneFailed(20);
    assertThat(after(Duration.ofMillis(100), failed))
        .as("not twice within half a second")
        .isEmpty();
    List<FleetAction> changed = after(Duration.ofMillis(400), failed);
    assertThat(changed).hasSize(1);
    assertThat(json(published(changed.getFirst()).payload()).at("/tunnels/1/reason").asString())
        .isEqualTo("psk-mismatch");
    assertThat(after(Duration.ofSeconds(1), failed)).isEmpty();
  }

  @Test
  void shouldTellHealthWhenTheDoctorFindsSomething() throws Exception {
    online();
    AgentStatus found =
        status.with(
            new Added(
                null,
                List.of(new Verdict("problem", "firewall-drops", "t", "", "s", List.of("fix")))));
    List<FleetAction> told = after(Duration.ofSeconds(1), found);
    assertThat(told).hasSize(1);
    assertThat(json(published(told.getFirst()).payload()).at("/findings/0/cause").asString())
        .isEqualTo("firewall-drops");
    assertThat(after(Duration.ofSeconds(1), found)).isEmpty();
    assertThat(after(Duration.ofSeconds(1), status)).as("it is over").hasSize(1);
  }

  /** Of a box that has lost its broker many times, and of each that has lost it once. */
  @Test
  void shouldWaitLongerEachTimeAndByLot() {
    after(Duration.ZERO);
    long longest = 0;
    for (int failure = 0; failure < 12; failure++) {
      assertThat(core.lost(now)).containsExactly(new Close(false));
      long wait = core.untilNextAttempt(now).toMillis();
      assertThat(wait).isGreaterThanOrEqualTo(longest);
      longest = wait;
      assertThat(after(Duration.ofMillis(wait - 1))).isEmpty();
      assertThat(after(Duration.ofMillis(1))).singleElement().isInstanceOf(Connect.class);
    }
    assertThat(longest).isEqualTo(FleetCore.LONGEST_WAIT.toMillis() + 500);

    lot = 0.25;
    core.lost(now);
    assertThat(core.untilNextAttempt(now)).isEqualTo(Duration.ofMillis(15_500));
    after(Duration.ofMillis(15_500));
    core.connected(now, status);
    after(Duration.ofMinutes(2));
    core.lost(now);
    assertThat(core.untilNextAttempt(now)).as("after a good link").isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void shouldGiveUpAnAttemptThatHangs() {
    after(Duration.ZERO);
    assertThat(after(FleetCore.CONNECT_LIMIT.minusMillis(1))).isEmpty();
    assertThat(after(Duration.ofMillis(1))).containsExactly(new Close(false));
    assertThat(core.connected(now, status)).as("of a client given up").isEmpty();
  }

  @Test
  void shouldSayGoodbyeOnlyWhereSomebodyListens() throws Exception {
    assertThat(new FleetCore(0, 1, Duration.ofSeconds(1), () -> 0, Machine::now).stop(0, status))
        .isEmpty();
    online();
    List<FleetAction> parting = core.stop(now, status);
    assertThat(json(published(parting.getFirst()).payload()).get("state").asString())
        .isEqualTo("disconnected");
    assertThat(parting.getLast()).isEqualTo(new Close(true));
    assertThat(after(Duration.ofHours(1))).isEmpty();
    assertThat(core.lost(now)).isEmpty();
  }

  /** Whatever comes in whatever order: one client at a time, nothing published without one. */
  @Test
  void shouldKeepItsOrderWhateverHappens() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      long time = 0;
      boolean client = false;
      boolean connected = false;
      FleetCore any =
          new FleetCore(
              0, 1, Duration.ofSeconds(5), random::nextDouble, () -> new Machine(0, 0, 0));
      for (int step = 0; step < 60; step++) {
        time += (long) (random.nextDouble() * 5e9);
        AgentStatus seen = random.nextBoolean() ? status : StatusFixture.oneFailed(11);
        int what = random.nextInt(5);
        if (what == 0 && client) {
          connected = true;
        }
        List<FleetAction> actions =
            switch (what) {
              case 0 -> client ? any.connected(time, seen) : List.of();
              case 1 -> any.lost(time);
              default -> any.tick(time, seen);
            };
        for (FleetAction action : actions) {
          switch (action) {
            case Connect _ -> {
              assertThat(client).as("seed %d: a second client", seed).isFalse();
              client = true;
            }
            case Close _ -> {
              client = false;
              connected = false;
            }
            default -> assertThat(connected).as("seed %d: published", seed).isTrue();
          }
        }
      }
    }
  }
}
