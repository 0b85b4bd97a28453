package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.FleetStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.Reason;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  private static final AgentStatus BOTH = well(StatusFixture.both(600));
  private static final Host WELL = host(true, List.of(), 0);
  private static final String IN1 = "hub-weu/in1";

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

  // --- the fleet ---------------------------------------------------------------------------------

  /** As Paho, TLS and mosquitto word it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "code 32103, java.net.ConnectException: Connection refused | FLEET_UNREACHABLE",
        "code 0, java.net.UnknownHostException: broker.example | FLEET_UNREACHABLE",
        "no answer for 20 s | FLEET_UNREACHABLE",
        "code 0, sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid"
            + " certification path to requested target | FLEET_UNTRUSTED",
        "code 0, java.security.cert.CertificateException: No subject alternative names matching IP"
            + " address 127.0.0.1 found | FLEET_UNTRUSTED",
        "code 0, javax.net.ssl.SSLHandshakeException: (certificate_required) Received fatal alert"
            + " | FLEET_REFUSED",
        "code 135, Not authorized to connect (135) | FLEET_REFUSED",
        "code 0, java.net.SocketException: Connection reset by peer | FLEET_REFUSED",
        "code 0, java.security.cert.CertificateNotYetValidException: NotBefore: Sat Jan 03 00:00:00"
            + " UTC 2026 | CERTIFICATE_TIME",
        "code 0, sun.security.validator.ValidatorException: PKIX path validation failed:"
            + " java.security.cert.CertPathValidatorException: validity check failed |"
            + " CERTIFICATE_TIME",
        "code 0, java.security.cert.CertPathBuilderException: Unable to find certificate chain. |"
            + " FLEET_UNTRUSTED",
        "code 0, java.security.cert.CertificateException: No name found matching broker.example |"
            + " FLEET_UNTRUSTED",
        "code 0, org.bouncycastle.tls.TlsFatalAlertReceived: certificate_required(116) |"
            + " FLEET_REFUSED",
      })
  void shouldTellWhyTheFleetHearsNothing(String why, Cause cause) {
    assertThat(examine(linked(why, 40, null), WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(cause))
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING))
        .satisfies(finding -> assertThat(finding.sentence()).endsWith(why));
    assertThat(examine(linked(why, 5, null), WELL)).as("a broker that is restarted").isEmpty();
    assertThat(examine(linked(null, 40, null), WELL)).isEmpty();
  }

  @Test
  void shouldTellThatTheBrokerTakesNoEvents() {
    assertThat(examine(linked(null, 40, "not authorized"), WELL))
        .singleElement()
        .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.FLEET_REFUSED));
  }

  private static AgentStatus linked(@Nullable String why, int seconds, @Nullable String refused) {
    FleetStatus.State state = why == null ? FleetStatus.State.CONNECTED : FleetStatus.State.WAITING;
    return BOTH.with(
        new Added(
            new FleetStatus(
                "mqtts://broker.example:8883",
                state,
                BOTH.time().minusSeconds(seconds),
                null,
                why,
                3,
                0,
                refused,
                0,
                0)));
  }

  // --- BGP --------------------------------------------------------------------------------------

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

  private static Event bgp(String code, String sentence) {
    return new Event(7, 1, BOTH.time(), IN1, code, sentence, null);
  }

  @Test
  void shouldNotBlameBgpForItsTunnel() {
    AgentStatus status = in1(State.FAILED, "psk-mismatch");
    BgpSession session = session(BgpSession.State.IDLE, "connect-failed", "not answered");
    assertThat(examine(with(status, List.of(session), null), WELL))
        .extracting(Finding::cause)
        .containsExactly(Cause.PSK_MISMATCH);
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

  // --- the past ---------------------------------------------------------------------------------

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

  private static List<Finding> examine(AgentStatus status, Host host) {
    return examine(status, host, Map.of());
  }

  private static List<Finding> examine(AgentStatus status, Host host, Map<String, Reach> reaches) {
    return Doctor.examine(new Evidence(status, status, reaches, host));
  }

  private static Host host(boolean forwards, List<String> strict, long drops) {
    return new Host(forwards, strict, drops, 1400, Passage.NONE, List.of(), Set.of(), BOTH.time());
  }

  /** The fixture's machine refuses an offload. */
  private static AgentStatus well(AgentStatus status) {
    return of(status, status.connections(), status.bgp(), status.events());
  }

  private static AgentStatus in1(State state, String code) {
    return in1(state, code, "why it is so");
  }

  private static AgentStatus in1(State state, String code, String sentence) {
    return in1(state, code, sentence, Map.of());
  }

  private static AgentStatus in1(
      State state, String code, String sentence, Map<String, Long> drops) {
    TunnelStatus up = BOTH.tunnels().get(1);
    TunnelStatus other =
        new TunnelStatus(
            up.name(),
            up.connection(),
            up.instance(),
            state,
            new Reason(code, sentence, Map.of("peer", "203.0.113.11")),
            up.since(),
            up.local(),
            up.remote(),
            null,
            List.of(),
            List.of(),
            up.traffic(),
            up.rates(),
            null,
            0,
            0,
            drops);
    AgentStatus.Connection connection = BOTH.connections().getFirst();
    return of(
        BOTH,
        List.of(
            new AgentStatus.Connection(
                connection.name(), connection.mode(), List.of(BOTH.tunnels().getFirst(), other))),
        BOTH.bgp(),
        BOTH.events());
  }

  private static AgentStatus with(
      AgentStatus status, List<BgpSession> bgp, @Nullable List<Event> events) {
    return of(status, status.connections(), bgp, events == null ? status.events() : events);
  }

  private static AgentStatus of(
      AgentStatus status,
      List<AgentStatus.Connection> connections,
      List<BgpSession> bgp,
      List<Event> events) {
    List<AgentStatus.Offload> used =
        status.offloads().stream().filter(AgentStatus.Offload::on).toList();
    return of(status, used, connections, bgp, events);
  }

  private static AgentStatus with(AgentStatus status, AgentStatus.Offload offload) {
    List<AgentStatus.Offload> offloads = new ArrayList<>(status.offloads());
    offloads.add(offload);
    return of(status, offloads, status.connections(), status.bgp(), status.events());
  }

  private static AgentStatus of(
      AgentStatus status,
      List<AgentStatus.Offload> offloads,
      List<AgentStatus.Connection> connections,
      List<BgpSession> bgp,
      List<Event> events) {
    return new AgentStatus(
        status.device(),
        status.site(),
        status.version(),
        status.session(),
        status.since(),
        status.time(),
        status.fips(),
        status.cryptoBackend(),
        offloads,
        status.loops(),
        connections,
        bgp,
        status.routes(),
        status.warnings(),
        status.drills(),
        status.drops(),
        events,
        status.totals(),
        Added.NOTHING);
  }

  private static BgpSession session(BgpSession.State state, String code, String sentence) {
    return session(
        state,
        new BgpSession.Reason(code, sentence),
        new BgpSession.Failure(BOTH.time(), code, sentence));
  }

  private static BgpSession session(
      BgpSession.State state, BgpSession.Reason reason, BgpSession.Failure failure) {
    return new BgpSession(
        IN1,
        "10.255.0.17",
        "10.10.255.5",
        65515,
        state,
        BOTH.time().minus(Duration.ofMinutes(1)),
        reason,
        0,
        0,
        0,
        0,
        0,
        4000,
        failure,
        List.of());
  }

  private static Event lost(String instance, int second) {
    return new Event(
        7,
        second,
        StatusFixture.START.plusSeconds(second),
        "hub-weu/" + instance,
        "peer-deleted",
        "the peer deleted the IKE SA",
        null);
  }
}
