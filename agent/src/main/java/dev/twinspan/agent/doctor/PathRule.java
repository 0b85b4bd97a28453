package dev.twinspan.agent.doctor;

import dev.twinspan.agent.doctor.Reach.Answer;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What the way to a peer does to packets: nothing arrives, one port does not, ESP does not, large
 * ones do not.
 */
final class PathRule implements Doctor.Rule {
  private static final Set<String> SILENCE =
      Set.of("no-answer", "liveness-timeout", "peer-silent", "connecting");
  private static final Set<String> BLACKHOLE = Set.of("esp-blackhole", "last-resort", "relieved");

  /** Outer IPv4 and UDP headers, SPI, sequence number, trailer and the largest padding. */
  private static final int AROUND_GCM = 20 + 8 + 8 + 8 + 2 + 3 + 16;

  /** Drop reason of the datapath. */
  private static final String INTEGRITY = "authentication-failed";

  private static final int DAMAGED_ENOUGH = 3;
  private static final int ENOUGH_SENT = 20;

  /** One may be lost, or meet a limit. */
  private static final int PROBES_MISSED = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** One of so many. */
  private static final int DAMAGED_SHARE = 1_000;

  private static final int AROUND_CBC = 20 + 8 + 8 + 16 + 2 + 15 + 16;

  /** What the agent says of a tunnel, when nothing came back. */
  static boolean isSilence(String code) {
    return SILENCE.contains(code);
  }

  /** Whether it is worth trying what the peer's address answers. */
  static boolean isSilent(TunnelStatus tunnel) {
    return switch (tunnel.state()) {
      case CONNECTING, FAILED, LOST -> isSilence(tunnel.reason().code());
      default -> false;
    };
  }

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (TunnelStatus tunnel : evidence.status().tunnels()) {
      if (BLACKHOLE.contains(tunnel.reason().code())) {
        out.accept(
            Finding.problem(
                Cause.ESP_BLOCKED,
                tunnel.name(),
                tunnel.reason().sentence(),
                List.of("peer: " + tunnel.remote()),
                "the way between: let UDP 4500 pass whatever it carries, and IP protocol 50",
                "the peer: look whether its own firewall takes ESP for unknown UDP"));
      } else if (isSilent(tunnel) && !AwayRule.isAway(evidence, tunnel)) {
        silent(evidence, tunnel, out);
      }
      Reach reach = evidence.reaches().get(tunnel.name());
      if (reach != null && reach.smallestLost() > 0) {
        size(evidence.host(), tunnel, reach, out);
      }
      neverHeard(evidence, tunnel, out);
      fellSilent(evidence.earlier(tunnel), tunnel, out);
      quality(tunnel, out);
      damaged(evidence.earlier(tunnel), tunnel, out);
    }
  }

  // --- nothing comes back -----------------------------------------------------------------------

  private static void silent(Evidence evidence, TunnelStatus tunnel, Consumer<Finding> out) {
    Reach reach = evidence.reaches().get(tunnel.name());
    if (reach == null) {
      if (tunnel.state() != State.CONNECTING) {
        out.accept(unreachable(evidence, tunnel, List.of()));
      }
      return;
    }
    boolean ike = reach.ike() == Answer.ANSWERED;
    boolean natTraversal = reach.natTraversal() == Answer.ANSWERED;
    List<String> seen =
        List.of("UDP 500: " + words(reach.ike()), "UDP 4500: " + words(reach.natTraversal()));
    if (ike && natTraversal) {
      // It may just have come back: the agent's next attempt shows it.
      if (tunnel.state() == State.FAILED) {
        out.accept(
            Finding.problem(
                Cause.UDP_500_BLOCKED,
                tunnel.name(),
                "the peer answers requests from any port of this box, but not those of the agent"
                    + " from ports 500 and 4500",
                seen,
                "the way between: switch off what treats these ports in a way of its own (\"IPsec"
                    + " passthrough\", an ALG, a forwarding of port 500 to another device)"));
      }
    } else if (ike) {
      out.accept(
          Finding.problem(
              Cause.UDP_4500_BLOCKED,
              tunnel.name(),
              "the peer answers on UDP port 500, but not on UDP port 4500, by which IKE goes on",
              seen,
              "the way between, and the peer: let UDP 4500 pass in both directions"));
    } else if (natTraversal) {
      out.accept(
          Finding.problem(
              Cause.UDP_500_BLOCKED,
              tunnel.name(),
              "the peer answers on UDP port 4500, but not on UDP port 500, by which IKE begins",
              seen,
              "the way between, and the peer: let UDP 500 pass in both directions"));
    } else {
      out.accept(unreachable(evidence, tunnel, seen));
    }
  }

  private static Finding unreachable(Evidence evidence, TunnelStatus tunnel, List<String> seen) {
    List<String> lines = new ArrayList<>(seen);
    lines.addAll(TunnelRule.details(tunnel));
    String others =
        evidence.status().tunnels().stream()
            .filter(other -> other.state() == State.UP)
            .map(TunnelStatus::name)
            .collect(Collectors.joining(", "));
    if (others.isEmpty()) {
      lines.add("other tunnels: none is up either");
      return Finding.problem(
          Cause.PEER_UNREACHABLE,
          tunnel.name(),
          "nothing comes back from the peer, and no other tunnel is up",
          lines,
          "this box: has it a default route, and does its provider let UDP 500 and 4500 pass?",
          "this box: compare the instance's address with the gateway's public address in Azure");
    }
    lines.add("other tunnels: " + others + " is up, so this box's own way out works");
    return Finding.problem(
        Cause.PEER_UNREACHABLE,
        tunnel.name(),
        "nothing comes back from this peer",
        lines,
        "this box: compare the instance's address with the gateway's second public address in"
            + " Azure",
        "Azure: az network vnet-gateway show tells whether active-active is on; during maintenance"
            + " an instance is away for a minute or two");
  }

  private static String words(Answer answer) {
    return switch (answer) {
      case ANSWERED -> "answered";
      case SILENT -> "no answer";
      case REFUSED -> "no way there";
    };
  }

  /** The tunnels of a connection may share the work so that one is only sent to. */
  private static void neverHeard(Evidence evidence, TunnelStatus tunnel, Consumer<Finding> out) {
    List<TunnelStatus> together =
        evidence.status().tunnels().stream()
            .filter(each -> each.connection().equals(tunnel.connection()))
            .toList();
    long heard = together.stream().mapToLong(each -> each.traffic().inPackets()).sum();
    long sent = tunnel.traffic().outPackets();
    Duration age = Duration.between(tunnel.since(), evidence.status().time());
    if (tunnel.state() == State.UP
        && heard == 0
        && sent >= ENOUGH_SENT
        && age.compareTo(PATIENCE) > 0) {
      out.accept(
          Finding.warning(
              Cause.ESP_BLOCKED,
              tunnel.name(),
              "%d packets were sent by the tunnel, and none ever came back, while IKE is answered"
                  .formatted(sent),
              List.of("peer: " + tunnel.remote()),
              "the way between: let UDP 4500 pass whatever it carries, and IP protocol 50",
              "Azure: a network security group, or the VNet's hosts, may not answer at all"));
    }
  }

  /**
   * Traffic of one direction that IKE's answers vouch for, and that alone moves no flow: its
   * receiver need not answer. A target that did answer, and does not any more, may have ceased to;
   * so this is told, and nothing else is done about it.
   */
  private static void fellSilent(TunnelStatus before, TunnelStatus now, Consumer<Finding> out) {
    TunnelStatus.Probe probe = now.quality().probe();
    long sent = now.traffic().outPackets() - before.traffic().outPackets();
    boolean silent = now.traffic().inPackets() == before.traffic().inPackets();
    if (now.state() == State.UP
        && silent
        && sent >= ENOUGH_SENT
        && probe != null
        && probe.answered() > 0
        && probe.missed() >= PROBES_MISSED) {
      out.accept(
          Finding.warning(
              Cause.ESP_BLOCKED,
              now.name(),
              "%d packets were sent by the tunnel and none came back; %s inside, which answered before, left the last %d probes unanswered, while IKE is answered"
                  .formatted(sent, probe.target(), probe.missed()),
              List.of("peer: " + now.remote()),
              "the way between: let UDP 4500 pass whatever it carries, and IP protocol 50",
              "Azure: if what is sent by this tunnel arrives, let probe-target be an address that"
                  + " answers ping"));
    }
  }

  // --- it comes, but not well -------------------------------------------------------------------

  private static void size(Host host, TunnelStatus tunnel, Reach reach, Consumer<Finding> out) {
    boolean gcm = tunnel.childSas().stream().anyMatch(child -> child.suite().contains("GCM"));
    int around = gcm ? AROUND_GCM : AROUND_CBC;
    if (reach.largest() >= host.tunnelMtu() + around) {
      return;
    }
    int fits = reach.largest() - around;
    out.accept(
        Finding.problem(
            Cause.PATH_MTU,
            tunnel.name(),
            "packets of %d bytes do not arrive at the peer, and nobody says so; one of %d needs %d outside"
                .formatted(reach.smallestLost(), host.tunnelMtu(), host.tunnelMtu() + around),
            List.of("largest packet that arrived: %d bytes".formatted(reach.largest())),
            "this box: set tunnel-device.mtu to %d and tunnel-device.mss to %d"
                .formatted(fits, fits - 50),
            "the way between: let ICMP \"fragmentation needed\" pass"));
  }

  /** What an attacker who guesses SPIs sends is less than this. */
  private static void damaged(TunnelStatus before, TunnelStatus now, Consumer<Finding> out) {
    long damaged = drops(now) - drops(before);
    long whole = now.traffic().inPackets() - before.traffic().inPackets();
    if (damaged >= DAMAGED_ENOUGH && damaged * DAMAGED_SHARE >= whole) {
      out.accept(
          Finding.warning(
              Cause.DAMAGED_PACKETS,
              now.name(),
              "%d packets of the peer arrived damaged while the doctor looked, and %d whole"
                  .formatted(damaged, whole),
              List.of("integrity check failed since the start: %d packets".formatted(drops(now))),
              "this box: an offload of its network card may be at fault: ethtool -K WAN gro off lro"
                  + " off rx off, then tunnel-device.offloads here, one at a time",
              "the way between: a device that rewrites what is in UDP 4500"));
    }
  }

  private static long drops(TunnelStatus tunnel) {
    return tunnel.drops().getOrDefault(INTEGRITY, 0L);
  }

  private static void quality(TunnelStatus tunnel, Consumer<Finding> out) {
    TunnelStatus.Reason shunned = tunnel.quality().shunned();
    if (shunned != null) {
      out.accept(
          Finding.warning(
              Cause.LOSSY_PATH,
              tunnel.name(),
              shunned.sentence(),
              List.of(
                  "lost of what the peer sends: %.1f %%"
                      .formatted(100 * tunnel.quality().lossIn())),
              "the way between: ask the provider; the other tunnels carry new flows meanwhile"));
    }
    TunnelStatus.Ike ike = tunnel.ike();
    if (ike != null && ike.natHere()) {
      out.accept(
          Finding.note(
              Cause.BEHIND_NAT,
              tunnel.name(),
              "there is a NAT between this box and the Internet: ESP goes in UDP 4500, and Azure's"
                  + " local network gateway must have the NAT's public address",
              List.of("address here: " + tunnel.local())));
    }
  }
}
