package dev.twinspan.agent.doctor;

import static dev.twinspan.agent.doctor.Cases.BOTH;
import static dev.twinspan.agent.doctor.Cases.WELL;
import static dev.twinspan.agent.doctor.Cases.examine;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.FleetStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why the fleet hears nothing. */
class DoctorFleetTest {
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
}
