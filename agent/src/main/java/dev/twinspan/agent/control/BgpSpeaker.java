package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.status.BgpSession;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A BGP core with its transport: feeds it what the transport reports and the time, and carries out
 * what it asks for. Towards Azure there is one ({@link BgpControl}), on the LAN another ({@link
 * SiteControl}). Owned by the control loop.
 */
final class BgpSpeaker implements AutoCloseable {
  /** Reports taken per turn, so that a talkative peer cannot starve IKE. */
  private static final int REPORTS_PER_TURN = 64;

  /** 4,000 prefixes come within a second or two; End-of-RIB is not sent by all. */
  private static final long TOLD_NANOS = 30_000_000_000L;

  /** Whose speaker it is. */
  interface Owner {
    /** Null: none of that name is configured. */
    @Nullable BgpPeer peer(String name);

    void routes(RouteSet next);

    void transition(long now, BgpAction.Transition transition);
  }

  private final BgpEngine engine;
  private final BgpNews news;
  private final BgpEdge edge;
  private final BgpReports reports;
  private final Owner owner;
  private @Nullable BgpTransport transport;

  /**
   * @param wake makes the loop take a turn; any thread
   */
  BgpSpeaker(BgpEngine engine, BgpNews news, BgpEdge edge, Runnable wake, Owner owner) {
    this.engine = engine;
    this.news = news;
    this.edge = edge;
    this.reports = new BgpReports(wake);
    this.owner = owner;
  }

  BgpEngine engine() {
    return engine;
  }

  /** Whether it has not begun to listen: what it listens on is fixed from then on. */
  boolean idle() {
    return transport == null;
  }

  /**
   * Listens on these addresses, or only dials from them.
   *
   * @param code of the event when nothing can be listened on
   * @param advice end of its sentence
   */
  void listen(Set<InetAddress> local, String code, String advice) {
    try {
      transport = edge.listen(local, reports);
    } catch (IOException e) {
      news.warn(code, e.getMessage() + "; " + advice);
      transport = edge.dialOnly(reports);
    }
  }

  long nextDeadline() {
    return engine.nextDeadline();
  }

  /** Takes reports and the time. Returns whether reports are left. */
  boolean turn(long now) {
    for (int i = 0; i < REPORTS_PER_TURN; i++) {
      BgpReports.Report report = reports.poll();
      if (report == null) {
        if (now >= engine.nextDeadline()) {
          perform(now, engine.tick(now));
        }
        return false;
      }
      perform(now, report.tell(engine, now));
    }
    return true;
  }

  /** Carries out what the core asked for. */
  void perform(long now, List<BgpAction> actions) {
    for (BgpAction action : actions) {
      BgpTransport out = transport;
      switch (action) {
        case BgpAction.RoutesChanged(RouteSet next) -> owner.routes(next);
        case BgpAction.Transition transition -> {
          news.transition(now, owner.peer(transition.peer()), transition);
          owner.transition(now, transition);
        }
        case BgpAction.Notice(String peer, BgpReason reason) -> news.notice(now, peer, reason);
        case BgpAction.Dial dial when out != null -> out.dial(dial);
        case BgpAction.Send(long connection, byte[] bytes) when out != null ->
            out.send(connection, bytes);
        case BgpAction.Close(long connection) when out != null -> out.hangUp(connection);
        case BgpAction.Dial _, BgpAction.Send _, BgpAction.Close _ ->
            throw new IllegalStateException("no transport for " + action);
      }
    }
  }

  /** Whether a session with one of these peers is established. */
  boolean established(Predicate<String> peer) {
    return engine.views().stream()
        .anyMatch(view -> view.state() == BgpState.ESTABLISHED && peer.test(view.peer()));
  }

  /** Whether a session with one of these peers has had the time to tell all its routes. */
  boolean hasTold(long now, Predicate<String> peer) {
    return engine.views().stream().anyMatch(view -> peer.test(view.peer()) && told(now, view));
  }

  /** Whether the sessions with all of these peers have. */
  boolean allHaveTold(long now, Predicate<String> peer) {
    return engine.views().stream().allMatch(view -> !peer.test(view.peer()) || told(now, view));
  }

  private static boolean told(long now, BgpView view) {
    return view.state() == BgpState.ESTABLISHED && now - view.since() >= TOLD_NANOS;
  }

  /** Whether the peers have read all that was said, their end of the connections included. */
  boolean quiet() {
    BgpTransport out = transport;
    return out == null || out.quiet();
  }

  /**
   * @param exported what is announced, whose limits are alarms
   * @param at from the loop's clock to the wall's
   */
  List<BgpSession> status(ExportPolicy exported, LongFunction<Instant> at) {
    List<BgpSession> sessions = new ArrayList<>();
    for (BgpView view : engine.views()) {
      BgpPeer peer = owner.peer(view.peer());
      if (peer != null) {
        sessions.add(news.status(view, peer, exported, at));
      }
    }
    return sessions;
  }

  @Override
  public void close() {
    reports.close();
    if (transport != null) {
      transport.close();
    }
  }
}
