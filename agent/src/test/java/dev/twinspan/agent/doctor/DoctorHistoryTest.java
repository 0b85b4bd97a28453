package dev.twinspan.agent.doctor;

import static dev.twinspan.agent.doctor.Cases.BOTH;
import static dev.twinspan.agent.doctor.Cases.IN1;
import static dev.twinspan.agent.doctor.Cases.WELL;
import static dev.twinspan.agent.doctor.Cases.bgp;
import static dev.twinspan.agent.doctor.Cases.examine;
import static dev.twinspan.agent.doctor.Cases.in1;
import static dev.twinspan.agent.doctor.Cases.lost;
import static dev.twinspan.agent.doctor.Cases.session;
import static dev.twinspan.agent.doctor.Cases.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a loss was, while it lasts and afterwards. */
class DoctorHistoryTest {
  @Test
  void shouldKnowAResetByBothTunnelsLostAtOnce() {
    AgentStatus status = with(BOTH, List.of(), List.of(lost("in0", 300), lost("in1", 320)));
    assertThat(examine(status, WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.GATEWAY_RESET));
  }

  /** Lost often, it gets no flows for minutes, and is back all the same. */
  @Test
  void shouldKnowAResetWhileATunnelWaitsOutItsHoldDown() {
    AgentStatus held = in1(State.HELD, "hold-down");
    AgentStatus status = with(held, List.of(), List.of(lost("in0", 300), lost("in1", 320)));
    assertThat(examine(status, WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.GATEWAY_RESET));
  }

  @Test
  void shouldKnowMaintenanceByOneInstanceAfterTheOther() {
    AgentStatus status = with(BOTH, List.of(), List.of(lost("in0", 100), lost("in1", 500)));
    assertThat(examine(status, WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.MAINTENANCE, Cause.MAINTENANCE);
    assertThat(examine(status, WELL)).allMatch(finding -> finding.severity() == Severity.NOTE);
  }

  @Test
  void shouldKnowMaintenanceWhileItLasts() {
    AgentStatus away = in1(State.CONNECTING, "connecting");
    away = with(away, List.of(), List.of(lost("in1", 590)));
    Reach silent = new Reach(Answer.SILENT, Answer.SILENT);
    assertThat(examine(away, WELL, Map.of(IN1, silent)))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.MAINTENANCE))
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
    Event back =
        new Event(7, 1, StatusFixture.START.plusSeconds(595), IN1, "established", "", null);
    AgentStatus again = with(away, List.of(), List.of(lost("in1", 590), back));
    assertThat(examine(again, WELL, Map.of(IN1, silent)))
        .as("lost again, without a word")
        .extracting(Finding::cause)
        .containsExactly(Cause.PEER_UNREACHABLE);
  }

  /** It was reset, and refuses since what we say. */
  @Test
  void shouldNotTakeAPeerThatRefusesForOneThatIsAway() {
    BgpSession session =
        session(BgpSession.State.IDLE, "notification-received", "Unacceptable Hold Time (2/6)");
    AgentStatus leaving = in1(State.LEAVING, "leaving");
    Event reset = bgp("bgp-cease-received", "the peer says Cease/Administrative Reset (6/4)");
    assertThat(examine(with(leaving, List.of(session), List.of(reset)), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.MAINTENANCE);
    Event refused =
        new Event(
            7, 2, BOTH.time().plusSeconds(1), IN1, "bgp-notification-received", "(2/6)", null);
    assertThat(examine(with(leaving, List.of(session), List.of(reset, refused)), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.BGP_DOWN);
  }

  @Test
  void shouldNotTakeALimitForAFarewell() {
    Event limit =
        new Event(
            7,
            1,
            StatusFixture.START.plusSeconds(590),
            IN1,
            "bgp-cease-received",
            "the peer says Cease/Maximum Number of Prefixes Reached (6/1)",
            null);
    assertThat(examine(with(BOTH, List.of(), List.of(limit)), WELL)).isEmpty();
  }
}
