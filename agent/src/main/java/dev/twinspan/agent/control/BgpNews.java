package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction.Transition;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.status.BgpSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of BGP's transitions and notices the operator is told, and how each session stands. A peer
 * that fails in the same way again and again is told of once, until something else happens.
 */
final class BgpNews {
  private static final Logger LOG = LoggerFactory.getLogger(BgpNews.class);

  /** The same notice of the same peer not more often than this. */
  private static final long QUIET = 60_000_000_000L;

  /** Steps on the way to a session, and ends that something else tells of. */
  private static final Set<String> USUAL =
      Set.of(
          "starting",
          "dialling",
          "listening",
          "connected",
          "open-accepted",
          "collision",
          "tunnel-down",
          "configuration-changed");

  /** Flows move, or stay, for them; and they are seldom by themselves. */
  private static final Set<String> RARE =
      Set.of(BgpReason.STALE_ROUTES, BgpReason.GRACEFUL_RESTART);

  private record Key(@Nullable String peer, String code) {}

  private record Failure(long nanos, BgpReason reason) {}

  private final EventRing events;
  private final Map<String, BgpState> states = new HashMap<>();
  private final Map<String, Failure> failures = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private final Map<Key, Long> quiet = new HashMap<>();

  BgpNews(EventRing events) {
    this.events = events;
  }

  void transition(long now, @Nullable BgpPeer peer, Transition transition) {
    String name = transition.peer();
    BgpReason reason = transition.reason();
    BgpState before = states.put(name, transition.state());
    boolean failed = !USUAL.contains(reason.code()) && transition.state() != BgpState.ESTABLISHED;
    if (failed) {
      failures.put(name, new Failure(now, reason));
    }
    LOG.debug("{} BGP {}: {}", name, transition.state(), reason.sentence());
    boolean up = transition.state() == BgpState.ESTABLISHED;
    boolean lost = before == BgpState.ESTABLISHED && !up;
    boolean again = reason.code().equals(told.get(name));
    if (up || lost || failed && !again) {
      told.put(name, reason.code());
      events.add(
          name,
          "bgp-" + reason.code(),
          "BGP with %s: %s"
              .formatted(
                  peer == null ? "the peer" : peer.remote().getHostAddress(), reason.sentence()),
          null);
    }
  }

  /**
   * @param peer null: of all
   */
  void notice(long now, @Nullable String peer, BgpReason reason) {
    Long until = quiet.get(new Key(peer, reason.code()));
    if (until == null || now - until >= 0 || RARE.contains(reason.code())) {
      quiet.put(new Key(peer, reason.code()), now + QUIET);
      events.add(peer, "bgp-" + reason.code(), "BGP: " + reason.sentence(), null);
    }
  }

  void warn(String code, String sentence) {
    events.add(null, code, sentence, null);
  }

  BgpSession status(BgpView view, BgpPeer peer, ExportPolicy exported, LongFunction<Instant> at) {
    Failure failure = failures.get(view.peer());
    List<String> alarms = new ArrayList<>();
    if (view.received() >= peer.maxPrefixes() - peer.maxPrefixes() / 5) {
      alarms.add(
          "the peer announced %d prefixes, %d are allowed by bgp.max-prefixes"
              .formatted(view.received(), peer.maxPrefixes()));
    }
    exported.notices().forEach(notice -> alarms.add(notice.sentence()));
    return new BgpSession(
        view.peer(),
        peer.local().getHostAddress(),
        peer.remote().getHostAddress(),
        peer.remoteAs(),
        BgpSession.State.valueOf(view.state().name()),
        at.apply(view.since()),
        new BgpSession.Reason(view.reason().code(), view.reason().sentence()),
        view.holdSeconds(),
        view.received(),
        view.accepted(),
        view.stale(),
        view.advertised(),
        peer.maxPrefixes(),
        failure == null
            ? null
            : new BgpSession.Failure(
                at.apply(failure.nanos()), failure.reason().code(), failure.reason().sentence()),
        alarms);
  }
}
