package dev.twinspan.agent.status;

import dev.twinspan.agent.terminal.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code twinspan status}: one copy of the status for people, no colours, no fixed width. */
public final class StatusTable {
  private static final List<String> HEAD =
      List.of("TUNNEL", "STATE", "SINCE", "REMOTE", "IN", "OUT", "RTT", "SUITES");

  /** A screen and a half; BGP brings thousands. */
  private static final int MOST_ROUTES = 40;

  private StatusTable() {}

  /** Lines, each ended. */
  public static String render(AgentStatus status) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s%s, twinspan %s, up %s%n"
            .formatted(
                status.device(),
                status.site().isEmpty() ? "" : " (" + status.site() + ")",
                status.version(),
                Quantities.age(status.since(), status.time())));
    text.append(
        "ESP by %s: %s%n"
            .formatted(status.cryptoBackend().title(), status.cryptoBackend().reason()));
    if (status.fips().on()) {
      text.append("FIPS mode%n".formatted());
      status.fips().modules().forEach(module -> module(text, module));
    }
    loops(text, status);
    for (AgentStatus.Offload offload : status.offloads()) {
      if (!offload.on()) {
        text.append("offload %s is off: %s%n".formatted(offload.name(), offload.reason()));
      }
    }
    text.append('\n');
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    status.tunnels().forEach(tunnel -> rows.add(row(tunnel, status)));
    table(text, rows);
    status.tunnels().forEach(tunnel -> reason(text, tunnel));
    status.added().first().forEach(verdict -> verdict(text, verdict));
    sessions(text, status);
    routes(text, status);
    drills(text, status);
    counters(text, "dropped", status.drops());
    fleet(text, status);
    warnings(text, status);
    return Terminal.printable(text);
  }

  /** Of one loop there is nothing to tell. */
  private static void loops(StringBuilder text, AgentStatus status) {
    if (status.loops().size() < 2) {
      return;
    }
    text.append("packets on %d cores%n".formatted(status.loops().size()));
    for (AgentStatus.Loop loop : status.loops()) {
      text.append(
          "  loop %d sends by %s, receives by %s%n"
              .formatted(loop.number(), names(loop.sends()), names(loop.receives())));
    }
  }

  private static String names(List<String> tunnels) {
    return tunnels.isEmpty() ? "no tunnel" : String.join(", ", tunnels);
  }

  private static void module(StringBuilder text, AgentStatus.Module module) {
    text.append(
        "  %s: %s %s, %s, self-test %s%n"
            .formatted(
                module.part(),
                module.name(),
                module.version(),
                module.approvedOnly() ? "approved algorithms only" : "not a validated module",
                module.selfTest().replaceFirst("^self-test ", "")));
  }

  private static List<String> row(TunnelStatus tunnel, AgentStatus status) {
    return List.of(
        tunnel.name(),
        tunnel.state().name().toLowerCase(Locale.ROOT),
        Quantities.age(tunnel.since(), status.time()),
        dash(tunnel.remote()),
        Quantities.bytes(tunnel.traffic().inBytes()),
        Quantities.bytes(tunnel.traffic().outBytes()),
        Quantities.span(tunnel.rtt()),
        suites(tunnel));
  }

  private static String suites(TunnelStatus tunnel) {
    String ike = tunnel.ike() == null ? "–" : tunnel.ike().suite();
    return tunnel.childSas().stream()
        .filter(TunnelStatus.ChildSa::sending)
        .findFirst()
        .map(sa -> ike + " / " + sa.suite())
        .orElse(ike);
  }

  /** Of an established tunnel only what is wrong. */
  private static void reason(StringBuilder text, TunnelStatus tunnel) {
    if (tunnel.state() != TunnelStatus.State.UP) {
      text.append("%n%s: %s%n".formatted(tunnel.name(), tunnel.reason().sentence()));
      tunnel
          .reason()
          .details()
          .forEach((label, value) -> text.append("  %s: %s%n".formatted(label, value)));
    }
    TunnelStatus.Reason shunned = tunnel.quality().shunned();
    if (shunned != null) {
      text.append("%n%s gets no new flows: %s%n".formatted(tunnel.name(), shunned.sentence()));
    }
    for (TunnelStatus.MissingPair pair : tunnel.missingPairs()) {
      text.append(
          "%s lacks %s to %s: %s%n"
              .formatted(tunnel.name(), pair.local(), pair.remote(), pair.reason().sentence()));
    }
    probe(text, tunnel);
    counters(text, tunnel.name() + " dropped", tunnel.drops());
  }

  private static void verdict(StringBuilder text, Verdict verdict) {
    text.append(
        "%n%s%s: %s (%s)%n"
            .formatted(
                verdict.about().isEmpty() ? "" : verdict.about() + " ",
                verdict.severity(),
                verdict.title(),
                verdict.cause()));
    text.append("  seen: %s%n".formatted(verdict.sentence()));
    verdict.fixes().forEach(fix -> text.append("  fix: %s%n".formatted(fix)));
  }

  /** Latency inside the tunnel, which is not IKE's. */
  private static void probe(StringBuilder text, TunnelStatus tunnel) {
    TunnelStatus.Probe probe = tunnel.quality().probe();
    if (probe == null || probe.sent() == 0) {
      return;
    }
    if (probe.latency() != null) {
      text.append(
          "%s inside: %s to %s and back, %s of the last probes lost%n"
              .formatted(
                  tunnel.name(),
                  Quantities.span(probe.latency()).strip(),
                  probe.target(),
                  Quantities.percent(probe.loss())));
    } else {
      text.append(
          "%s inside: %s has answered no probe yet; set probe-target to an address that answers ping%n"
              .formatted(tunnel.name(), probe.target()));
    }
  }

  private static void sessions(StringBuilder text, AgentStatus status) {
    if (status.bgp().isEmpty()) {
      return;
    }
    text.append('\n');
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("BGP", "PEER", "ASN", "STATE", "SINCE", "RECEIVED", "USED", "ANNOUNCED"));
    for (BgpSession session : status.bgp()) {
      rows.add(
          List.of(
              session.tunnel(),
              session.remote(),
              Long.toString(session.asn()),
              session.state().name().toLowerCase(Locale.ROOT),
              Quantities.age(session.since(), status.time()),
              Integer.toString(session.received()),
              Integer.toString(session.accepted()),
              Integer.toString(session.advertised())));
    }
    table(text, rows);
    for (BgpSession session : status.bgp()) {
      if (session.state() != BgpSession.State.ESTABLISHED) {
        text.append("%s BGP: %s%n".formatted(session.tunnel(), session.reason().sentence()));
      }
      if (session.stale() > 0) {
        text.append(
            "%s BGP: %d prefixes stay in use while the peer restarts%n"
                .formatted(session.tunnel(), session.stale()));
      }
      BgpSession.Failure failure = session.lastFailure();
      if (failure != null) {
        text.append(
            "%s BGP, last failure %s ago: %s%n"
                .formatted(
                    session.tunnel(),
                    Quantities.age(failure.time(), status.time()).strip(),
                    failure.sentence()));
      }
      session
          .alarms()
          .forEach(alarm -> text.append("%s BGP alarm: %s%n".formatted(session.tunnel(), alarm)));
    }
  }

  private static void routes(StringBuilder text, AgentStatus status) {
    if (status.routes().isEmpty()) {
      return;
    }
    text.append('\n');
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PREFIX", "BY"));
    int shown = status.routes().size() > MOST_ROUTES ? MOST_ROUTES : status.routes().size();
    for (RouteStatus route : status.routes().subList(0, shown)) {
      List<String> shares =
          route.shares().stream()
              .map(share -> share.tunnel() + " " + Quantities.percent(share.share()))
              .toList();
      rows.add(
          List.of(
              route.prefix(),
              shares.isEmpty() ? "no usable tunnel: dropped" : String.join(", ", shares)));
    }
    table(text, rows);
    if (shown < status.routes().size()) {
      text.append(
          "… and %d more; all of them with --json%n".formatted(status.routes().size() - shown));
    }
  }

  private static void drills(StringBuilder text, AgentStatus status) {
    for (DrillStatus drill : status.drills()) {
      String when =
          drill.at() == null
              ? "under way"
              : "%s %s ago"
                  .formatted(
                      drill.outcome().name().toLowerCase(Locale.ROOT),
                      Quantities.age(drill.at(), status.time()).strip());
      text.append("drill of %s, %s: %s%n".formatted(drill.tunnel(), when, drill.sentence()));
    }
  }

  private static void fleet(StringBuilder text, AgentStatus status) {
    FleetStatus fleet = status.added().fleet();
    if (fleet == null) {
      return;
    }
    String age = Quantities.age(fleet.since(), status.time()).strip();
    text.append(
        switch (fleet.state()) {
          case CONNECTED -> "fleet: connected to %s for %s".formatted(fleet.broker(), age);
          case CONNECTING -> "fleet: connecting to %s for %s".formatted(fleet.broker(), age);
          case WAITING ->
              "fleet: no link to %s for %s%s"
                  .formatted(fleet.broker(), age, next(fleet, status.time()));
        });
    if (fleet.waiting() > 0) {
      text.append(", %d events wait".formatted(fleet.waiting()));
    }
    if (fleet.dropped() > 0) {
      text.append(", %d events dropped for lack of room".formatted(fleet.dropped()));
    }
    if (fleet.overflow() > 0) {
      text.append(
          ", %d messages of the broker dropped: too many at once".formatted(fleet.overflow()));
    }
    if (fleet.strangers() > 0) {
      text.append(", %d under topics nobody asked for".formatted(fleet.strangers()));
    }
    text.append('\n');
    if (fleet.why() != null) {
      text.append("  why not: %s%n".formatted(fleet.why()));
    }
    if (fleet.refused() != null) {
      text.append("  the broker takes no events: %s%n".formatted(fleet.refused()));
    }
  }

  private static String next(FleetStatus fleet, Instant now) {
    Instant next = fleet.nextAttempt();
    return next == null
        ? ""
        : ", dialled again in %d s"
            .formatted(Math.max(0, Duration.between(now, next).toSeconds() + 1));
  }

  private static void warnings(StringBuilder text, AgentStatus status) {
    status.warnings().forEach(warning -> text.append("warning: %s%n".formatted(warning)));
  }

  private static void counters(StringBuilder text, String what, Map<String, Long> counters) {
    new TreeMap<>(counters)
        .forEach(
            (reason, count) -> {
              if (count > 0) {
                text.append("%s: %s %d%n".formatted(what, reason, count));
              }
            });
  }

  private static void table(StringBuilder text, List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static String dash(@Nullable String text) {
    return text == null ? "–" : text;
  }
}
