package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Why a BGP session is not established although its tunnel is up, and which limits are reached. */
final class BgpRule implements Doctor.Rule {
  /** Both sides dial, and wait for each other, in that time. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Set<State> CARRIES =
      EnumSet.of(State.UP, State.SUSPECT, State.HELD, State.LEAVING);

  /** What the codes of its events begin with. */
  private static final String BGP = "bgp-";

  /** A session that has had one of these since is not down for what was before. */
  private static final Set<String> ANEW = Set.of("bgp-established", "bgp-configuration-changed");

  private static final String ADDRESSES =
      "Azure: az network vnet-gateway show --query bgpSettings tells each instance's BGP address";

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (BgpSession session : evidence.status().bgp()) {
      for (String alarm : session.alarms()) {
        out.accept(
            Finding.warning(
                Cause.BGP_PREFIX_LIMIT,
                session.tunnel(),
                alarm,
                List.of(),
                "this box: bgp.max-prefixes limits what is taken, lan.prefixes is what is told"));
      }
      if (session.state() != BgpSession.State.ESTABLISHED
          && carries(evidence, session)
          && !isAway(evidence, session)
          && isLate(evidence.status(), session)) {
        out.accept(down(evidence, session));
      }
    }
  }

  /**
   * Whether packets pass between the two. Also of a session of the LAN, which goes by no tunnel;
   * and of a tunnel that carries no flows just because this session ended.
   */
  private static boolean carries(Evidence evidence, BgpSession session) {
    Optional<TunnelStatus> tunnel =
        evidence.status().tunnels().stream()
            .filter(each -> each.name().equals(session.tunnel()))
            .findFirst();
    return tunnel.isEmpty() || CARRIES.contains(tunnel.get().state());
  }

  /** That an instance ends its session before its tunnel is how maintenance begins. */
  private static boolean isAway(Evidence evidence, BgpSession session) {
    return evidence.status().tunnels().stream()
        .filter(tunnel -> tunnel.name().equals(session.tunnel()))
        .anyMatch(tunnel -> AwayRule.isAway(evidence, tunnel));
  }

  private static boolean isLate(AgentStatus status, BgpSession session) {
    return failure(status, session) != null
        || Duration.between(session.since(), status.time()).compareTo(PATIENCE) > 0;
  }

  /** Why it failed last, unless that is over. */
  private static BgpSession.@Nullable Failure failure(AgentStatus status, BgpSession session) {
    BgpSession.Failure last = session.lastFailure();
    boolean over =
        last != null
            && status.events().stream()
                .anyMatch(
                    event ->
                        session.tunnel().equals(event.tunnel())
                            && ANEW.contains(event.code())
                            && event.time().isAfter(last.time()));
    return over ? null : last;
  }

  private record Why(String code, String sentence) {}

  /**
   * A peer says what it minds once, and from then on just hangs up (FRR and a limit): what it said
   * since the session was last established counts.
   */
  private static Why why(Evidence all, BgpSession session) {
    BgpSession.Failure failure = failure(all.status(), session);
    Why last =
        failure == null
            ? new Why(session.reason().code(), session.reason().sentence())
            : new Why(failure.code(), failure.sentence());
    if (!last.code().equals("connection-lost")) {
      return last;
    }
    for (Event event : all.status().events().reversed()) {
      if (session.tunnel().equals(event.tunnel()) && event.code().startsWith(BGP)) {
        String code = event.code().substring(BGP.length());
        if (code.equals("established")) {
          return last;
        }
        if (isOfAsn(code, event.sentence()) || isOfLimit(code, event.sentence())) {
          return new Why(code, event.sentence());
        }
      }
    }
    return last;
  }

  private static boolean isOfAsn(String code, String sentence) {
    return code.equals("wrong-asn") || sentence.contains("Bad Peer AS");
  }

  private static boolean isOfLimit(String code, String sentence) {
    return code.equals("prefix-limit") || sentence.contains("(6/1)");
  }

  private static Finding down(Evidence all, BgpSession session) {
    Why why = why(all, session);
    String code = why.code();
    String sentence = why.sentence();
    List<String> evidence =
        List.of(
            "session: %s to %s, AS %d, %s"
                .formatted(session.local(), session.remote(), session.asn(), session.state()));
    if (isOfAsn(code, sentence)) {
      return finding(
          Cause.BGP_ASN,
          session,
          sentence,
          evidence,
          "this box: bgp.asn is ours, the connection's or instance's asn is the gateway's (65515"
              + " unless it was changed)",
          "Azure: az network local-gateway show --query bgpSettings.asn must be this box's"
              + " bgp.asn");
    }
    if (isOfLimit(code, sentence)) {
      return finding(
          Cause.BGP_PREFIX_LIMIT,
          session,
          sentence,
          evidence,
          "this box: raise bgp.max-prefixes, or announce fewer prefixes; Azure takes 4,000 and then"
              + " ends the session");
    }
    if (code.equals("connect-failed") && sentence.contains("refused")) {
      return finding(
          Cause.BGP_REFUSED,
          session,
          sentence,
          evidence,
          "this box: bgp-address of the instance must be the BGP address of that very instance",
          ADDRESSES + "; BGP must be enabled on the gateway and on the connection");
    }
    if (isUnanswered(code) && all.host().callers().contains(session.remote())) {
      return finding(
          Cause.BGP_ADDRESS_PAIR,
          session,
          "%s calls this box, but our answers by tunnel %s do not get there: it is another instance's address"
              .formatted(session.remote(), session.tunnel()),
          evidence,
          "this box: bgp-address of each instance must be the BGP address of that very instance:"
              + " are two of them exchanged?",
          ADDRESSES);
    }
    if (isUnanswered(code)) {
      return finding(
          Cause.BGP_UNANSWERED,
          session,
          sentence,
          evidence,
          "Azure: the local network gateway's bgpPeeringAddress must be bgp.router-address of this"
              + " box, and its address space must hold that address as a host route",
          "this box: bgp-address of the instance must be the BGP address of that very instance",
          ADDRESSES);
    }
    return finding(
        Cause.BGP_DOWN, session, sentence, evidence, "change what the sentence above names");
  }

  /** The way there or back is missing, or nobody is there. */
  private static boolean isUnanswered(String code) {
    return switch (code) {
      case "connect-failed", "dialling", "listening", "no-open", "hold-expired", "starting" -> true;
      // For longer than it takes: what the peer would say next does not come.
      case "connected", "open-accepted" -> true;
      default -> false;
    };
  }

  private static Finding finding(
      Cause cause, BgpSession session, String sentence, List<String> evidence, String... fixes) {
    return Finding.problem(cause, session.tunnel(), "BGP: " + sentence, evidence, fixes);
  }
}
