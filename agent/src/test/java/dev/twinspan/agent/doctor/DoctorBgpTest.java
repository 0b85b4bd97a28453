package dev.twinspan.agent.doctor;

import static dev.twinspan.agent.doctor.Cases.BOTH;
import static dev.twinspan.agent.doctor.Cases.IN1;
import static dev.twinspan.agent.doctor.Cases.WELL;
import static dev.twinspan.agent.doctor.Cases.bgp;
import static dev.twinspan.agent.doctor.Cases.examine;
import static dev.twinspan.agent.doctor.Cases.host;
import static dev.twinspan.agent.doctor.Cases.in1;
import static dev.twinspan.agent.doctor.Cases.session;
import static dev.twinspan.agent.doctor.Cases.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why BGP does not work. */
class DoctorBgpTest {
  @ParameterizedTest
  @CsvSource({
    "wrong-asn, the peer is AS 65000, BGP_ASN",
    "notification-received, the peer says OPEN Message Error/Bad Peer AS (2/2), BGP_ASN",
    "prefix-limit, the peer announced more than 10 prefixes, BGP_PREFIX_LIMIT",
    "cease-received, Cease/Maximum Number of Prefixes Reached (6/1), BGP_PREFIX_LIMIT",
    "connect-failed, the connection could not be made: Connection refused, BGP_REFUSED",
    "connect-failed, the connection was not answered within 5 s, BGP_UNANSWERED",
    "hold-expired, nothing came from the peer for 180 s, BGP_UNANSWERED",
    "cease-received, Cease/Administrative Shutdown (6/2), BGP_DOWN",
  })
  void shouldTellWhyASessionIsDown(String code, String sentence, Cause cause) {
    AgentStatus status = with(BOTH, List.of(session(BgpSession.State.IDLE, code, sentence)), null);
    assertThat(examine(status, WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(cause))
        .satisfies(finding -> assertThat(finding.sentence()).contains(sentence));
  }

  @Test
  void shouldTellAnAddressOfAnotherInstance() {
    BgpSession session = session(BgpSession.State.ACTIVE, "connect-failed", "not answered");
    Host host =
        new Host(
            true, List.of(), 0, 1400, Passage.NONE, List.of(), Set.of("10.10.255.5"), BOTH.time());
    assertThat(examine(with(BOTH, List.of(session), null), host))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.BGP_ADDRESS_PAIR));
  }

  @Test
  void shouldRememberWhatAPeerMindedThatJustHangsUpNow() {
    BgpSession session = session(BgpSession.State.IDLE, "connection-lost", "closed by the peer");
    Event said = bgp("bgp-cease-received", "Cease/Maximum Number of Prefixes Reached (6/1)");
    assertThat(examine(with(BOTH, List.of(session), List.of(said)), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.BGP_PREFIX_LIMIT);
    Event between = bgp("bgp-established", "the session is up");
    assertThat(examine(with(BOTH, List.of(session), List.of(said, between)), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.BGP_DOWN);
  }

  /** A session that ends takes its flows off the tunnel, which stays. */
  @Test
  void shouldTellWhyTheSessionOfALeavingTunnelIsDown() {
    BgpSession session = session(BgpSession.State.IDLE, "notification-received", "Bad Peer AS");
    assertThat(examine(with(in1(State.LEAVING, "leaving"), List.of(session), null), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.BGP_ASN);
  }

  @Test
  void shouldNotBlameAFailureThatIsOver() {
    BgpSession session =
        session(
            BgpSession.State.OPEN_CONFIRM,
            new BgpSession.Reason("open-accepted", "AS 65515, hold time 180 s"),
            new BgpSession.Failure(BOTH.time(), "connect-failed", "Connection refused"));
    for (String code : List.of("bgp-established", "bgp-configuration-changed")) {
      Event since = new Event(7, 2, BOTH.time().plusSeconds(1), IN1, code, "so it is", null);
      assertThat(examine(with(BOTH, List.of(session), List.of(since)), WELL))
          .as(code)
          .extracting(Finding::cause)
          .containsExactly(Cause.BGP_UNANSWERED);
    }
    assertThat(examine(with(BOTH, List.of(session), List.of()), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.BGP_REFUSED);
  }

  @Test
  void shouldNotBlameBgpForItsTunnel() {
    AgentStatus status = in1(State.FAILED, "psk-mismatch");
    BgpSession session = session(BgpSession.State.IDLE, "connect-failed", "not answered");
    assertThat(examine(with(status, List.of(session), null), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.PSK_MISMATCH);
  }
}
