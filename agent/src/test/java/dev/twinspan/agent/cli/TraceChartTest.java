package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.TracedMessage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceChartTest {
  private static TracedMessage message(boolean sent, boolean response, String... payloads) {
    return message(sent, response, 1, payloads);
  }

  private static TracedMessage message(
      boolean sent, boolean response, int times, String... payloads) {
    return new TracedMessage(
        7,
        Instant.parse("2026-01-02T03:04:05.678Z"),
        sent,
        "CREATE_CHILD_SA",
        response,
        3,
        0x1122334455667788L,
        -1,
        times,
        List.of(payloads));
  }

  @Test
  void shouldPointArrowsAtWhoReceives() {
    TraceChart chart = new TraceChart(false);
    List<String> sent = chart.lines(message(true, false, "N(REKEY_SA c0ffee01)", "Nonce(32 B)"));
    List<String> received = chart.lines(message(false, true));

    assertThat(sent.getFirst())
        .contains("├─ CREATE_CHILD_SA request 3 ──")
        .contains("──▶│  1122334455667788/ffffffffffffffff");
    assertThat(sent.subList(1, 3)).allMatch(line -> line.contains("│    N"));
    assertThat(received.getFirst()).contains("│◀──").contains("── CREATE_CHILD_SA response 3 ─┤");
    assertThat(received.getLast()).endsWith("(empty)");
    assertThat(sent.getFirst()).hasSameSizeAs(received.getFirst());
  }

  @Test
  void shouldMarkRetransmissions() {
    List<String> lines = new TraceChart(false).lines(message(true, false, 3));
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst()).contains("├─ CREATE_CHILD_SA request 3 again (3 times) ──");
    assertThat(lines.getFirst())
        .hasSameSizeAs(new TraceChart(false).lines(message(true, false)).getFirst());
  }

  @Test
  void shouldColourOnlyWhenAskedTo() {
    TracedMessage message = message(true, false, "D(ESP c0ffee01)", "N(REKEY_SA)");
    assertThat(String.join("", new TraceChart(false).lines(message))).doesNotContain("\u001b");
    assertThat(String.join("", new TraceChart(true).lines(message))).contains("\u001b[33mD(ESP");
  }

  /** What the peer calls itself reaches a terminal. */
  @Test
  void shouldNotHandOnEscapeSequencesOfThePeer() {
    TracedMessage message = message(false, false, "IDr(evil\u001b[2J\u009b1A)");
    assertThat(String.join("", new TraceChart(false).lines(message))).contains("IDr(evil?[2J?1A)");
  }
}
