package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.operator.Errand.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In virtual time. */
class ErrandsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final List<Errand> all =
      List.of(
          new Errand("lyon", "a", "1"), new Errand("lyon", "b", "2"), new Errand("lyon", "c", "3"));
  private final Errands errands = new Errands(all, 2, Duration.ofSeconds(10));

  private static Answer ack(String id, String stage) {
    return Answer.ack(
        "{\"id\":\"%s\",\"stage\":\"%s\"}".formatted(id, stage).getBytes(StandardCharsets.UTF_8),
        id);
  }

  @Test
  void shouldSendAFewAtATime() {
    assertThat(errands.due(0)).containsExactly(all.get(0), all.get(1));
    assertThat(errands.due(0)).isEmpty();
    assertThat(errands.take(all.get(1), ack("2", "done"))).isTrue();
    assertThat(errands.due(0)).containsExactly(all.get(2));
    assertThat(errands.over()).isFalse();
  }

  @Test
  void shouldNotGoBackWhenAcksArriveInAnotherOrder() {
    errands.due(0);
    Errand first = all.getFirst();
    assertThat(errands.take(first, ack("1", "running"))).isTrue();
    assertThat(errands.take(first, ack("1", "accepted"))).isFalse();
    assertThat(errands.take(first, ack("1", "running"))).as("further on").isTrue();
    assertThat(errands.take(first, ack("1", "failed"))).isTrue();
    assertThat(errands.take(first, ack("1", "done"))).as("after the end").isFalse();
    assertThat(first.stage()).isEqualTo(Stage.FAILED);
  }

  @Test
  void shouldSayWhatIsMissingWhenTimeIsUp() {
    errands.due(0);
    errands.take(all.get(0), ack("1", "running"));
    assertThat(errands.overdue(10 * SECOND - 1)).isEmpty();
    assertThat(errands.overdue(10 * SECOND)).containsExactly(all.get(0), all.get(1));
    assertThat(all.get(0).trouble()).startsWith("not told to be over");
    assertThat(all.get(1).trouble()).startsWith("no answer within 10 s");
    assertThat(errands.due(10 * SECOND)).containsExactly(all.get(2));
    assertThat(errands.overdue(19 * SECOND)).as("its own time").isEmpty();
    errands.take(all.get(2), ack("3", "done"));
    assertThat(errands.over()).isTrue();
    assertThat(errands.succeeded()).isFalse();
    assertThat(errands.count()).containsEntry(Stage.UNANSWERED, 2).containsEntry(Stage.DONE, 1);
  }

  @Test
  void shouldKnowTheErrandByItsTopic() {
    assertThat(errands.of("twinspan/1/lyon/b/ack/2", "ack/{id}")).isSameAs(all.get(1));
    assertThat(errands.of("twinspan/1/lyon/b/ack/1", "ack/{id}")).isNull();
    assertThat(errands.of("twinspan/1/paris/b/ack/2", "ack/{id}")).isNull();
  }

  @Test
  void shouldReadAcksOfItsOwnAlone() {
    byte[] other = "{\"id\":\"8\",\"stage\":\"done\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(Answer.ack(other, "7")).isNull();
    assertThat(Answer.ack("{".getBytes(StandardCharsets.UTF_8), "7")).isNull();
    byte[] odd = "{\"id\":\"7\",\"stage\":\"half\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(Answer.ack(odd, "7")).isNull();
    byte[] far =
        "{\"id\":\"7\",\"stage\":\"running\",\"percent\":900}".getBytes(StandardCharsets.UTF_8);
    assertThat(Answer.ack(far, "7").percent()).isEqualTo(100);
  }

  @Test
  void shouldReadReportsOfItsOwnConfigurationAlone() {
    byte[] told =
        "{\"version\":\"v1\",\"hash\":\"aa\",\"result\":\"rolled_back\",\"reason\":\"tunnels_lost\"}"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(Answer.reported(told, "v1", "aa").stage()).isEqualTo(Stage.FAILED);
    assertThat(Answer.reported(told, "v2", "aa")).isNull();
    assertThat(Answer.reported(told, "v1", "bb")).isNull();
  }
}
