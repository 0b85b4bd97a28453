package dev.twinspan.agent.doctor;

import static dev.twinspan.agent.doctor.Cases.BOTH;
import static dev.twinspan.agent.doctor.Cases.IN1;
import static dev.twinspan.agent.doctor.Cases.WELL;
import static dev.twinspan.agent.doctor.Cases.examine;
import static dev.twinspan.agent.doctor.Cases.host;
import static dev.twinspan.agent.doctor.Cases.in1;
import static dev.twinspan.agent.doctor.Cases.of;
import static dev.twinspan.agent.doctor.Cases.well;
import static dev.twinspan.agent.doctor.Cases.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import dev.twinspan.agent.status.TunnelStatus.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why a tunnel, the way there, or this box does not work. */
class DoctorTest {
  @Test
  void shouldFindNothingWhereNothingIsWrong() {
    assertThat(examine(BOTH, WELL)).isEmpty();
  }

  // --- handshakes -------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "psk-mismatch, PSK_MISMATCH",
    "wrong-identity, WRONG_IDENTITY",
    "certificate-wrong-subject, WRONG_IDENTITY",
    "certificate-expired, CERTIFICATE_TIME",
    "certificate-not-yet-valid, CERTIFICATE_TIME",
    "certificate-unknown-ca, CERTIFICATE_REFUSED",
    "signature-mismatch, CERTIFICATE_REFUSED",
    "wrong-auth-method, CERTIFICATE_REFUSED",
    "no-proposal-chosen, PROPOSAL_MISMATCH",
    "ts-unacceptable, SELECTOR_MISMATCH",
    "refused, TUNNEL_DOWN",
    "no-answer, PEER_UNREACHABLE",
    "liveness-timeout, PEER_UNREACHABLE",
  })
  void shouldTellWhyATunnelIsDown(String code, Cause cause) {
    List<Finding> findings = examine(in1(State.FAILED, code), WELL);
    assertThat(findings).singleElement();
    assertThat(findings.getFirst().cause()).isEqualTo(cause);
    assertThat(findings.getFirst().severity()).isEqualTo(Severity.PROBLEM);
    assertThat(findings.getFirst().about()).isEqualTo(IN1);
    assertThat(findings.getFirst().fixes()).isNotEmpty();
  }

  @Test
  void shouldShowWhatEachSideOffered() {
    assertThat(examine(well(StatusFixture.oneFailed(600)), WELL).getFirst().evidence())
        .containsExactly(
            "offered here: AES256-SHA384-ECP384", "answered there: AUTHENTICATION_FAILED");
  }

  @Test
  void shouldTellOfAPairWithoutAChildSa() {
    assertThat(examine(well(StatusFixture.lackingAPair(600)), WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.SELECTOR_MISMATCH))
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
  }

  @Test
  void shouldLeaveADrainedTunnelInPeace() {
    assertThat(examine(in1(State.DRAINED, "drained-by-operator"), WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.TAKEN_OUT))
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.NOTE));
  }

  // --- the way there ----------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "FAILED, SILENT, SILENT, PEER_UNREACHABLE",
    "CONNECTING, SILENT, SILENT, PEER_UNREACHABLE",
    "LOST, REFUSED, REFUSED, PEER_UNREACHABLE",
    "FAILED, ANSWERED, SILENT, UDP_4500_BLOCKED",
    "CONNECTING, SILENT, ANSWERED, UDP_500_BLOCKED",
    "FAILED, ANSWERED, ANSWERED, UDP_500_BLOCKED",
  })
  void shouldTellWhatIsBlocked(State state, Answer ike, Answer natTraversal, Cause cause) {
    Reach reach = new Reach(ike, natTraversal);
    assertThat(examine(in1(state, "no-answer"), WELL, Map.of(IN1, reach)))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(cause));
  }

  @Test
  void shouldWaitForATunnelThatIsOpening() {
    Reach reach = new Reach(Answer.ANSWERED, Answer.ANSWERED);
    AgentStatus opening = in1(State.CONNECTING, "connecting");
    assertThat(examine(opening, WELL, Map.of(IN1, reach))).isEmpty();
    assertThat(examine(opening, WELL)).isEmpty();
  }

  @Test
  void shouldTellThatEspIsBlocked() {
    assertThat(examine(in1(State.LOST, "esp-blackhole"), WELL).getFirst().cause())
        .isEqualTo(Cause.ESP_BLOCKED);
  }

  /** Of which nothing can be said but that a target inside has fallen silent with it. */
  @Test
  void shouldTellOfTrafficOfOneDirectionWhoseTargetInsideFellSilent() {
    assertThat(oneWay(500, 40, 0, 20, 2))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.ESP_BLOCKED))
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING))
        .satisfies(finding -> assertThat(finding.about()).isEqualTo(IN1));
    assertThat(oneWay(500, 40, 1, 20, 2)).as("something came").isEmpty();
    assertThat(oneWay(500, 5, 0, 20, 2)).as("hardly anything was sent").isEmpty();
    assertThat(oneWay(500, 40, 0, 20, 1)).as("one may be lost").isEmpty();
    assertThat(oneWay(500, 40, 0, 0, 9)).as("it never answered").isEmpty();
  }

  private static List<Finding> oneWay(
      long before, long sent, long heard, long answered, int missed) {
    return Doctor.examine(
        new Evidence(
            probed(new Traffic(0, before, 0, before, 0, 0), answered, missed),
            probed(new Traffic(0, before + heard, 0, before + sent, 0, 0), answered, missed),
            Map.of(),
            WELL));
  }

  private static AgentStatus probed(Traffic traffic, long answered, int missed) {
    TunnelStatus up = BOTH.tunnels().get(1);
    TunnelStatus.Probe probe =
        new TunnelStatus.Probe("10.10.255.5", true, null, 0, answered + missed, answered, missed);
    TunnelStatus probed =
        new TunnelStatus(
            up.name(),
            up.connection(),
            up.instance(),
            up.state(),
            up.reason(),
            up.since(),
            up.local(),
            up.remote(),
            up.ike(),
            up.childSas(),
            up.missingPairs(),
            traffic,
            up.rates(),
            up.rtt(),
            new TunnelStatus.Quality(0, probe, null),
            0,
            0,
            Map.of());
    AgentStatus.Connection connection = BOTH.connections().getFirst();
    return of(
        BOTH,
        List.of(
            new AgentStatus.Connection(
                connection.name(), connection.mode(), List.of(BOTH.tunnels().getFirst(), probed))),
        BOTH.bgp(),
        BOTH.events());
  }

  @Test
  void shouldTellAPathTooSmallForTheTunnel() {
    Reach small = new Reach(Answer.ANSWERED, Answer.ANSWERED, 1400, 1420);
    assertThat(examine(BOTH, WELL, Map.of(IN1, small)))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.PATH_MTU))
        .satisfies(
            finding -> assertThat(finding.fixes().getFirst()).contains("tunnel-device.mtu to 13"));
    Reach pppoe = new Reach(Answer.ANSWERED, Answer.ANSWERED, 1492, 1500);
    assertThat(examine(BOTH, WELL, Map.of(IN1, pppoe))).isEmpty();
  }

  // --- this box ---------------------------------------------------------------------------------

  @Test
  void shouldTellWhatTheKernelDoes() {
    Host host = host(false, List.of("eth0"), 7);
    assertThat(examine(BOTH, host))
        .extracting(Finding::cause)
        .containsExactly(Cause.FORWARDING_OFF, Cause.REVERSE_PATH);
    assertThat(examine(BOTH, host(true, List.of("eth0"), 0))).isEmpty();
  }

  @Test
  void shouldTellWhatTheKernelRefuses() {
    assertThat(examine(StatusFixture.both(600), WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.OFFLOAD_REFUSED))
        .satisfies(finding -> assertThat(finding.sentence()).contains("kernel says EINVAL"));
  }

  @Test
  void shouldNotMindWhatTheConfigurationSwitchesOff() {
    AgentStatus status = BOTH;
    for (String reason :
        List.of(
            "switched off by configuration",
            "it needs checksum, which is switched off by configuration")) {
      status = with(status, new AgentStatus.Offload("tun TSO", false, reason));
    }
    assertThat(status.offloads()).filteredOn(offload -> !offload.on()).hasSize(2);
    assertThat(examine(status, WELL)).isEmpty();
  }

  @Test
  void shouldTellACardThatMergesWhatIsForwarded() {
    assertThat(examine(BOTH, merging(true)))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.LRO_ON))
        .satisfies(finding -> assertThat(finding.sentence()).contains("eth1"));
    assertThat(examine(BOTH, merging(false)))
        .extracting(Finding::cause)
        .containsExactly(Cause.FORWARDING_OFF);
  }

  private static Host merging(boolean forwards) {
    return new Host(
        forwards, List.of(), 0, 1400, Passage.NONE, List.of("eth1"), Set.of(), BOTH.time());
  }

  @Test
  void shouldTellWhatAFirewallHereDrops() {
    assertThat(examine(BOTH, passing(new Passage(100, 90))))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.FIREWALL_DROPS));
    assertThat(examine(BOTH, passing(new Passage(100, 50)))).as("noise of the Internet").isEmpty();
    assertThat(examine(BOTH, passing(new Passage(10, 10)))).as("too few to tell").isEmpty();
  }

  private static Host passing(Passage passage) {
    return new Host(true, List.of(), 0, 1400, passage, List.of(), Set.of(), BOTH.time());
  }

  @Test
  void shouldTellAClockBeforeTheRelease() {
    Host host =
        new Host(
            true,
            List.of(),
            0,
            1400,
            Passage.NONE,
            List.of(),
            Set.of(),
            Instant.parse("1970-01-01T00:02:03Z"));
    assertThat(examine(in1(State.FAILED, "certificate-not-yet-valid"), host))
        .extracting(Finding::cause)
        .containsExactly(Cause.CLOCK_WRONG, Cause.CERTIFICATE_TIME);
  }

  @Test
  void shouldTellPacketsThatArriveDamaged() {
    AgentStatus before = damaged(10);
    assertThat(Doctor.examine(new Evidence(before, damaged(13), Map.of(), WELL)))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.DAMAGED_PACKETS))
        .satisfies(finding -> assertThat(finding.about()).isEqualTo(IN1));
    assertThat(Doctor.examine(new Evidence(before, damaged(10), Map.of(), WELL))).isEmpty();
  }

  private static AgentStatus damaged(long packets) {
    return in1(State.UP, "established", "why it is so", Map.of("authentication-failed", packets));
  }

  // --- what both forms say ----------------------------------------------------------------------

  @Test
  void shouldSayTheSameToPeopleAndMachines() {
    AgentStatus status = well(StatusFixture.oneFailed(600));
    List<Finding> findings = examine(status, WELL);
    assertThat(DoctorText.render(status, findings))
        .contains("1 problem, 0 warnings, 0 notes", "PROBLEM psk-mismatch: hub-weu/in1:")
        .contains("13801", "twinspan doctor --explain psk-mismatch");
    assertThat(DoctorJson.tree(status, findings).toString())
        .contains("\"healthy\":false", "\"cause\":\"psk-mismatch\"", "13801");
  }

  @Test
  void shouldNotLetAPeersWordsMoveTheCursor() {
    AgentStatus status = in1(State.FAILED, "refused", "the peer says \u001b[2J");
    assertThat(DoctorText.render(status, examine(status, WELL)))
        .contains("the peer says ?[2J")
        .doesNotContain("\u001b");
  }
}
