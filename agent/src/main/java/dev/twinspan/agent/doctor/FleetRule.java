package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.FleetStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Why there is no link to the fleet's broker, or none that takes what the box tells. */
final class FleetRule implements Doctor.Rule {
  /** A broker may be restarted without a word from the doctor. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** What TLS says when it is ours to refuse. */
  private static final List<String> UNTRUSTED =
      List.of(
          "pkix", "certpath", "subject alternative", "no name matching", "no name found matching");

  /** The same, when it is about time: of whichever of the two the clock is wrong. */
  private static final List<String> UNTIMELY =
      List.of("certificatenotyetvalid", "certificateexpired", "validity check failed");

  /** What brokers say, by TLS or MQTT, when it is theirs. */
  private static final List<String> REFUSED =
      List.of(
          "bad_certificate",
          "certificate_required",
          "certificate_unknown",
          "certificate_expired",
          "certificate_revoked",
          "unknown_ca",
          "unsupported_certificate",
          "access_denied",
          "not authorized",
          "code 135",
          // In TLS 1.3 a server looks at our certificate when the handshake is over for us, and its
          // alert is often lost with the connection that it closes.
          "connection reset",
          "broken pipe",
          "eofexception");

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    FleetStatus link = evidence.status().added().fleet();
    if (link == null) {
      return;
    }
    String why = link.why();
    Duration age = Duration.between(link.since(), evidence.status().time());
    if (why != null && age.compareTo(PATIENCE) > 0) {
      out.accept(away(link, why, evidence.host().clock()));
    }
    String refused = link.refused();
    if (refused != null) {
      out.accept(
          Finding.warning(
              Cause.FLEET_REFUSED,
              "",
              "the fleet's broker takes no events: " + refused,
              lines(link),
              "broker: its ACL must let this box write twinspan/1/SITE/DEVICE/event; by the shipped"
                  + " one the certificate's common name has to be device.id"));
    }
  }

  private static Finding away(FleetStatus link, String why, Instant now) {
    String lower = why.toLowerCase(Locale.ROOT);
    if (REFUSED.stream().anyMatch(lower::contains)) {
      return Finding.warning(
          Cause.FLEET_REFUSED,
          "",
          "the fleet's broker refuses this box: " + why,
          lines(link),
          "this box: fleet.certificate.file must be valid, of a CA that the broker trusts, and its"
              + " common name device.id",
          "broker: its log names the certificate; its ACL must let this box write its topics");
    }
    if (UNTIMELY.stream().anyMatch(lower::contains)) {
      return Finding.warning(
          Cause.CERTIFICATE_TIME,
          "",
          "the certificate of the fleet's broker is not valid at the time of this box: " + why,
          lines(link, "time here: " + now.truncatedTo(ChronoUnit.SECONDS)),
          "this box: compare its clock with the true time (timedatectl)",
          "broker: renew its certificate, if the clock is right");
    }
    if (UNTRUSTED.stream().anyMatch(lower::contains)) {
      return Finding.warning(
          Cause.FLEET_UNTRUSTED,
          "",
          "the certificate of the fleet's broker is not trusted: " + why,
          lines(link),
          "this box: fleet.certificate.trust-file must hold the CA of the broker's certificate, and"
              + " fleet.broker a name or address that stands in it; look at the clock, too");
    }
    return Finding.warning(
        Cause.FLEET_UNREACHABLE,
        "",
        "no link to the fleet's broker: " + why,
        lines(link),
        "this box: fleet.broker must be the broker's name and port (8883 unless it was changed)",
        "broker: it must run, and firewalls must let TCP pass to that port");
  }

  private static List<String> lines(FleetStatus link, String... more) {
    List<String> lines = new ArrayList<>();
    lines.add("broker: " + link.broker());
    lines.add("since: " + link.since());
    lines.add("events waiting: %d, dropped: %d".formatted(link.waiting(), link.dropped()));
    lines.addAll(List.of(more));
    return lines;
  }
}
