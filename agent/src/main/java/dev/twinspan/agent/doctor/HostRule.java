package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import java.util.List;
import java.util.function.Consumer;

/** What this box does to packets besides the tunnels, and how fast it is. */
final class HostRule implements Doctor.Rule {
  private static final String SWITCHED_OFF = "switched off by configuration";

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    Host host = evidence.host();
    if (!host.forwards()) {
      out.accept(
          Finding.problem(
              Cause.FORWARDING_OFF,
              "",
              "the kernel does not forward packets: nothing passes between LAN and tunnels",
              List.of("net.ipv4.ip_forward: 0, expected 1"),
              "this box: sysctl -w net.ipv4.ip_forward=1, and the same in /etc/sysctl.d"));
    }
    if (!host.strict().isEmpty() && host.reversePathDrops() > 0) {
      out.accept(
          Finding.problem(
              Cause.REVERSE_PATH,
              "",
              "the kernel drops packets that came by another way than the one that leads back (%d while the doctor looked)"
                  .formatted(host.reversePathDrops()),
              List.of("strict on: " + String.join(", ", host.strict())),
              "this box: set net.ipv4.conf.DEVICE.rp_filter=2 (loose) for these: Azure does not"
                  + " promise that answers come by the tunnel that the request took"));
    }
    for (AgentStatus.Offload offload : evidence.status().offloads()) {
      if (!offload.on() && !offload.reason().equals(SWITCHED_OFF)) {
        out.accept(
            Finding.warning(
                Cause.OFFLOAD_REFUSED,
                "",
                "%s is off: %s".formatted(offload.name(), offload.reason()),
                List.of(),
                "this box: it works without, with more work for each packet; another driver, or a"
                    + " newer kernel, may take it"));
      }
    }
    backEnd(evidence.status().cryptoBackend(), out);
  }

  private static void backEnd(AgentStatus.CryptoBackend backEnd, Consumer<Finding> out) {
    if (backEnd.name().equals("jce")) {
      out.accept(
          Finding.warning(
              Cause.SLOW_CRYPTO,
              "",
              "ESP is encrypted by %s, several times slower than by a library: %s"
                  .formatted(backEnd.title(), backEnd.reason()),
              List.of(),
              "this box: install OpenSSL 3 (libssl3), and set crypto.back-end to auto"));
    }
  }
}
