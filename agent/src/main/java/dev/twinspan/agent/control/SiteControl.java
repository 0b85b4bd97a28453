package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.config.SitePeers;
import dev.twinspan.agent.status.BgpSession;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Speaks BGP with the site's other box: tells it what our usable tunnels carry, and learns what its
 * own do. A speaker of its own beside Azure's: nothing learnt by one is told by the other, so that
 * a prefix never comes back to the box that it came from. Owned by the control loop.
 */
final class SiteControl implements AutoCloseable {
  private static final int REPORTS_PER_TURN = 64;

  /** Behind our own tunnels' worst. */
  private static final int BEHIND = 10;

  /** As many as two gateways may announce; more over time is a fault of the other box. */
  private static final int MOST_REMEMBERED = 8_000;

  private final BgpEngine engine;
  private final BgpEdge edge;
  private final BgpReports reports;
  private final BgpNews news;
  private List<BgpPeer> peers = List.of();
  private @Nullable AgentConfig config;
  private @Nullable BgpTransport transport;
  private Set<Prefix> told = Set.of();
  private SiblingRoutes learnt = SiblingRoutes.NONE;

  /** Prefixes that the sibling carried at some time: see {@link SiblingRoutes#guarded}. */
  private final Set<Prefix> remembered = new HashSet<>();

  /**
   * @param wake makes the loop take a turn; any thread
   */
  SiteControl(BgpEngine engine, EventRing events, BgpEdge edge, Runnable wake) {
    this.engine = engine;
    this.edge = edge;
    this.news = new BgpNews(events);
    this.reports = new BgpReports(wake);
  }

  void configure(long now, AgentConfig next) {
    config = next;
    peers = SitePeers.of(next);
    peers.forEach(this::listen);
    speak(now, next);
    // Its way is the LAN, not a tunnel that comes and goes.
    peers.forEach(peer -> perform(now, engine.tunnelUp(now, peer.name())));
    if (peers.isEmpty()) {
      learnt = SiblingRoutes.NONE;
      remembered.clear();
    }
  }

  private void listen(BgpPeer peer) {
    if (transport != null) {
      return;
    }
    try {
      transport = edge.listen(Set.of(peer.local()), reports);
    } catch (IOException e) {
      news.warn(
          "site-peer-not-listening",
          e.getMessage() + "; the sibling is dialled only: is lan.address this box's own?");
      transport = edge.dialOnly(reports);
    }
  }

  private void speak(long now, AgentConfig by) {
    List<Nlri> announced = told.stream().map(Nlri::of).toList();
    perform(
        now,
        engine.configure(
            now, peers, BgpPeers.imported(by), new ExportPolicy(announced, List.of()), _ -> true));
  }

  /** Tells the sibling what our usable tunnels carry; the same set again costs nothing. */
  void tell(long now, Set<Prefix> carried) {
    AgentConfig by = config;
    if (carried == told || by == null) {
      return;
    }
    boolean same = carried.equals(told);
    told = carried;
    if (!same && !peers.isEmpty()) {
      speak(now, by);
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

  /** The same object while nothing changed. */
  SiblingRoutes learnt() {
    return learnt;
  }

  /** Our own sessions with Azure told all they have: what they do not is not Azure's any more. */
  void ownKnowledge() {
    if (remembered.retainAll(learnt.reachable())) {
      learnt = new SiblingRoutes(learnt.via(), learnt.metric(), learnt.reachable(), remembered);
    }
  }

  private void perform(long now, List<BgpAction> actions) {
    for (BgpAction action : actions) {
      BgpTransport out = transport;
      switch (action) {
        case BgpAction.RoutesChanged(RouteSet next) -> learn(next);
        case BgpAction.Transition transition ->
            news.transition(now, peers.isEmpty() ? null : peers.getFirst(), transition);
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

  private void learn(RouteSet next) {
    AgentConfig by = config;
    int worst =
        by == null
            ? KernelRoutes.TUNNEL_METRIC
            : by.connections().stream()
                .mapToInt(ConnectionConfig::routeMetric)
                .max()
                .orElse(KernelRoutes.TUNNEL_METRIC);
    Set<Prefix> reachable = HashSet.newHashSet(next.routes().size());
    next.routes().keySet().forEach(nlri -> reachable.add(nlri.toPrefix()));
    remembered.addAll(reachable);
    if (remembered.size() > MOST_REMEMBERED) {
      news.warn(
          "site-peer-prefixes",
          ("the site's other box has told of %d different prefixes, expected at most %d: those it"
                  + " no longer tells of are no longer kept from leaving in the clear; look at what"
                  + " its tunnels are told")
              .formatted(remembered.size(), MOST_REMEMBERED));
      remembered.retainAll(reachable);
    }
    learnt =
        new SiblingRoutes(
            peers.isEmpty() ? null : peers.getFirst().remote(),
            worst + BEHIND,
            reachable,
            remembered);
  }

  List<BgpSession> status(LongFunction<Instant> at) {
    List<BgpSession> sessions = new ArrayList<>();
    for (BgpView view : engine.views()) {
      for (BgpPeer peer : peers) {
        // One there is: the sibling.
        sessions.add(news.status(view, peer, new ExportPolicy(List.of(), List.of()), at));
      }
    }
    return sessions;
  }

  /** Cease: the sibling forwards by itself from now on. */
  void shutdown(long now) {
    perform(now, engine.shutdown(now, "this box goes down"));
  }

  @Override
  public void close() {
    reports.close();
    if (transport != null) {
      transport.close();
    }
  }
}
