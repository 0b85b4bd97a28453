package dev.twinspan.agent.doctor;

import dev.twinspan.agent.board.Board;
import dev.twinspan.agent.board.BoardReader;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.ffi.linux.CpuFeatures;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What this box does to packets besides the tunnels, and how fast it is. */
final class HostRule implements Doctor.Rule {
  private static final String SWITCHED_OFF = "switched off by configuration";

  /** No copy of this program is older. */
  private static final Instant RELEASED = Instant.parse("2026-01-01T00:00:00Z");

  /** Packets out of the tunnels that a judgement needs. */
  private static final int ENOUGH = 20;

  private static final double MOST_OF_THEM = 0.8;

  /** Does not change while this box runs. */
  private final Optional<Finding> withoutAes =
      BoardReader.installed(BoardReader.OF_BOX)
          .flatMap(board -> withoutAes(board, CpuFeatures.detect()));

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
    passage(host, out);
    merging(host, out);
    clock(host, out);
    for (AgentStatus.Offload offload : evidence.status().offloads()) {
      if (!offload.on() && !offload.reason().endsWith(SWITCHED_OFF)) {
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
    withoutAes.ifPresent(out);
  }

  /** A few packets are always under way, and a firewall may well drop what the Internet sends. */
  private static void passage(Host host, Consumer<Finding> out) {
    long arrived = host.passage().fromTunnels();
    long vanished = host.passage().vanished();
    if (host.forwards() && arrived >= ENOUGH && vanished >= MOST_OF_THEM * arrived) {
      out.accept(
          Finding.problem(
              Cause.FIREWALL_DROPS,
              "",
              "about as many packets vanish in this box as come out of the tunnels: a firewall here"
                  + " drops them",
              List.of(
                  "out of the tunnels while the doctor looked: %d packets".formatted(arrived),
                  "received by the kernel and neither forwarded, delivered nor refused by it: %d"
                      .formatted(vanished)),
              "this box: let its firewall pass what comes from the tunnels' device to the LAN, in"
                  + " the forward chain (nft list ruleset, or iptables -vnL FORWARD, shows the rule"
                  + " whose counter grows)"));
    }
  }

  /**
   * ip_forward drops such a packet (skb_warn_if_lro in the kernel's net/ipv4/ip_forward.c), or it
   * is too large for the tunnels. The kernel switches it off itself when forwarding is switched on:
   * so somebody did the contrary afterwards.
   */
  private static void merging(Host host, Consumer<Finding> out) {
    if (host.forwards() && !host.merging().isEmpty()) {
      String devices = String.join(", ", host.merging());
      out.accept(
          Finding.warning(
              Cause.LRO_ON,
              "",
              "large receive offload is on for %s: TCP that comes in there is merged into packets that cannot be forwarded"
                  .formatted(devices),
              List.of("large-receive-offload: on for %s, expected off".formatted(devices)),
              "this box: ethtool -K DEVICE lro off for these, and take \"lro on\" out of what sets"
                  + " up the network (gro does the same, and may stay on)"));
    }
  }

  private static void clock(Host host, Consumer<Finding> out) {
    if (host.clock().isBefore(RELEASED)) {
      out.accept(
          Finding.problem(
              Cause.CLOCK_WRONG,
              "",
              "the clock of this box says %s, which is before this program was made: certificates are not valid yet"
                  .formatted(host.clock().truncatedTo(ChronoUnit.SECONDS)),
              List.of("expected: later than " + RELEASED),
              "this box: timedatectl set-time sets the clock, timedatectl set-ntp true lets a time"
                  + " server keep it; UDP 123 must pass"));
    }
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
              "this box: install OpenSSL 3 (libssl3), and set crypto.esp-backend to auto"));
    }
  }

  /** What an image was made for, and what it runs on. */
  static Optional<Finding> withoutAes(Board board, CpuFeatures processor) {
    if (board.crypto().instructions().equals("none")
        || processor.features().contains(CpuFeatures.Feature.AES)) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.warning(
            Cause.SLOW_CRYPTO,
            "",
            "this processor has no AES instructions, and board %s is to have them: ESP is several times slower"
                .formatted(board.id()),
            List.of(
                "processor: %s without aes, expected %s"
                    .formatted(processor.architecture(), board.crypto().instructions())),
            "this box: switch AES on in its firmware, or give the virtual machine the host's"
                + " processor; or flash the image of the board that it is"));
  }
}
