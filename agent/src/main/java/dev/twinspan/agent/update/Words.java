package dev.twinspan.agent.update;

import dev.twinspan.agent.wire.ForeignText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** What rauc says of a bundle, as a sentence that tells what to do about it. */
final class Words {
  /** Reason of a refusal that passes by itself. */
  static final String BUSY = "busy";

  private record Fault(List<String> signs, String reason, String sentence) {}

  /** In RAUC 1.8 to 1.13 and OpenSSL 3; the first that is found counts. */
  private static final List<Fault> FAULTS =
      List.of(
          new Fault(
              List.of("not yet valid"),
              "clock",
              "the certificate of the bundle's signer is not yet valid at this box's time, %s: set"
                  + " its clock"),
          new Fault(
              List.of("certificate has expired"),
              "expired",
              "the certificate of the bundle's signer has expired at this box's time, %s: sign it"
                  + " anew (rauc resign), or set the clock"),
          new Fault(
              List.of(
                  "self-signed certificate",
                  "self signed certificate",
                  "unable to get local issuer",
                  "unable to get issuer",
                  "signer certificate not found",
                  "certificate signature failure"),
              "other_key",
              "the bundle is signed with a key that this box does not trust: expected one that the"
                  + " keyring of /etc/rauc/system.conf vouches for"),
          new Fault(
              List.of("exceeds bundle size", "Invalid bundle format", "Invalid identifier"),
              "truncated",
              "the bundle is cut short, or is none: fetch it again"),
          new Fault(
              List.of(
                  "signature verification failed",
                  "verification failure",
                  "digest failure",
                  "Input/output error",
                  "checksum"),
              "corrupt",
              "the bundle is not what was signed: fetch it again"),
          new Fault(
              List.of("Compatible mismatch"),
              "wrong_board",
              "the bundle is for another board: take the one of this board"),
          new Fault(
              List.of("No space left", "is larger than", "too large"),
              "disk_full",
              "there is no room for the bundle's image"),
          new Fault(
              List.of("already processing a different method", "Already processing"),
              BUSY,
              "RAUC is at work for somebody else: wait for it"),
          new Fault(
              List.of("DBus", "D-Bus", "de.pengutronix.rauc", "connect to"),
              "no_service",
              "RAUC's service does not answer: install rauc-service, and see journalctl -u rauc"));

  private Words() {}

  /**
   * @param said all that rauc has said, of which much is no fault
   */
  static UpdateRefusal refusal(String said, Instant now) {
    for (Fault fault : FAULTS) {
      for (String sign : fault.signs()) {
        int at = said.indexOf(sign);
        if (at >= 0) {
          return new UpdateRefusal(
              fault.reason(),
              "%s (rauc: %s)"
                  .formatted(
                      fault.sentence().formatted(now.truncatedTo(ChronoUnit.SECONDS)),
                      line(said, at)));
        }
      }
    }
    return new UpdateRefusal(
        "rauc", "rauc does not take the bundle: " + ForeignText.printable(last(said)));
  }

  private static String line(String said, int at) {
    int end = said.indexOf('\n', at);
    return ForeignText.printable(
        said.substring(said.lastIndexOf('\n', at) + 1, end < 0 ? said.length() : end));
  }

  private static String last(String said) {
    return said.lines().filter(line -> !line.isBlank()).reduce("", (_, next) -> next);
  }
}
