package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Why a tunnel is not up, from what its handshakes came to. */
final class TunnelRule implements Doctor.Rule {
  private static final String POLICY_COMMAND =
      "Azure: az network vpn-connection ipsec-policy list shows the connection's policy, … add"
          + " changes it; ask for the same in policy here";

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (TunnelStatus tunnel : evidence.status().tunnels()) {
      if (tunnel.state() == State.DRAINED || tunnel.state() == State.DRAINING) {
        out.accept(
            Finding.note(Cause.TAKEN_OUT, tunnel.name(), tunnel.reason().sentence(), List.of()));
      } else if (tunnel.state() == State.FAILED && !PathRule.isSilence(tunnel.reason().code())) {
        out.accept(failed(tunnel));
      }
      for (TunnelStatus.MissingPair pair : tunnel.missingPairs()) {
        out.accept(
            Finding.warning(
                Cause.SELECTOR_MISMATCH,
                tunnel.name(),
                "%s to %s has no CHILD SA: %s"
                    .formatted(pair.local(), pair.remote(), pair.reason().sentence()),
                List.of(),
                "make traffic-selectors mirror the address spaces of Azure's local network gateway"
                    + " and VNet"));
      }
    }
  }

  private static Finding failed(TunnelStatus tunnel) {
    String code = tunnel.reason().code();
    return switch (code) {
      case "psk-mismatch" ->
          finding(
              Cause.PSK_MISMATCH,
              tunnel,
              "this box: put the connection's shared key into the file that psk names",
              "Azure: az network vpn-connection shared-key update sets it; Azure calls this error"
                  + " 13801");
      case "wrong-identity", "certificate-wrong-subject" ->
          finding(
              Cause.WRONG_IDENTITY,
              tunnel,
              "this box: set remote-id (what the peer calls itself) or local-id (what it expects of"
                  + " us); Azure calls itself by the instance's public address",
              "Azure: the local network gateway's gatewayIpAddress must be this box's public"
                  + " address");
      case "certificate-expired", "certificate-not-yet-valid" ->
          finding(
              Cause.CERTIFICATE_TIME,
              tunnel,
              "this box: compare its clock with the true time (timedatectl), then wait a minute",
              "the peer: renew its certificate, if the clock is right");
      case "no-proposal-chosen" ->
          finding(
              Cause.PROPOSAL_MISMATCH,
              tunnel,
              "this box: set policy to azure-default, azure-strong or the values of Azure's policy",
              POLICY_COMMAND);
      case "ts-unacceptable" ->
          finding(
              Cause.SELECTOR_MISMATCH,
              tunnel,
              "this box: leave traffic-selectors out for a route-based connection, or mirror the"
                  + " peer's",
              "Azure: usePolicyBasedTrafficSelectors of the connection, and the address spaces of"
                  + " local network gateway and VNet");
      case "wrong-auth-method" ->
          finding(
              Cause.CERTIFICATE_REFUSED,
              tunnel,
              "use a pre-shared key on both sides, or certificates on both");
      default ->
          code.startsWith("certificate-") || code.startsWith("signature-")
              ? finding(Cause.CERTIFICATE_REFUSED, tunnel, "change what the sentence above names")
              : finding(
                  Cause.TUNNEL_DOWN,
                  tunnel,
                  "twinspan tunnel trace %s shows the exchange".formatted(tunnel.name()));
    };
  }

  private static Finding finding(Cause cause, TunnelStatus tunnel, String... fixes) {
    return Finding.problem(
        cause, tunnel.name(), tunnel.reason().sentence(), details(tunnel), fixes);
  }

  static List<String> details(TunnelStatus tunnel) {
    List<String> lines = new ArrayList<>();
    tunnel
        .reason()
        .details()
        .forEach(
            (label, value) -> {
              if (!label.equals("setting")) {
                lines.add(label + ": " + value);
              }
            });
    return lines;
  }
}
