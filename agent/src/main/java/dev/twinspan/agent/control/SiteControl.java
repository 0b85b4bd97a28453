package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.config.SitePeers;
import dev.twinspan.agent.status.BgpSession;
import java.net.InetAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Speaks BGP on the LAN, with the site's other box and with routers: tells them what our usable
 * tunnels carry, and learns what the other box's tunnels do, and what lies behind the routers. A
 * speaker of its own beside Azure's: nothing learnt on the LAN is told on the LAN, so that a prefix
 * never comes back to where it came from. Owned by the control loop.
 */
final class SiteControl implements AutoCloseable, BgpSpeaker.Owner {
  /** Behind our own tunnels' worst. */
  private static final int BEHIND = 10;

  /** As many as two gateways may announce; more over time is a fault of the other side. */
  private static final int MOST_REMEMBERED = 8_000;

  /** Nanoseconds. A box of another make, or one that stands still, may never answer. */
  private static final long SETTLE = 1_000_000_000L;

  private final BgpSpeaker speaker;
  private final BgpNews news;
  private final Map<String, BgpPeer> peers = new LinkedHashMap<>();
  private @Nullable AgentConfig config;
  private Map<Prefix, Provenance> told = Map.of();
  private SiblingRoutes sibling = SiblingRoutes.NONE;
  private LanRoutes lan = LanRoutes.NONE;

  /**
   * What our own tunnels carried, while the sibling may not know yet that they do not: it might
   * send here what comes from here. It is asked to tell its routes again: the answer comes behind
   * all that it was told, and behind what it says of losses of its own.
   */
  private Set<Prefix> unsettled = Set.of();

  private long settledAt;

  /** The session began anew while something was unsettled. */
  private boolean askDue;

  /** Prefixes that the sibling carried at some time: see {@link SiblingRoutes#guarded}. */
  private final Set<Prefix> carriedThere = new HashSet<>();

  /** See {@link LanRoutes#guarded}. */
  private final Set<Prefix> seenHere = new HashSet<>();

  /**
   * @param wake makes the loop take a turn; any thread
   */
  SiteControl(BgpEngine engine, EventRing events, BgpEdge edge, Runnable wake) {
    this.news = new BgpNews(events);
    this.speaker = new BgpSpeaker(engine, news, edge, wake, this);
  }

  void configure(long now, AgentConfig next) {
    config = next;
    peers.clear();
    SitePeers.of(next).forEach(peer -> peers.put(peer.name(), peer));
    if (!peers.isEmpty() && speaker.idle()) {
      speaker.listen(
          Set.of(peers.values().iterator().next().local()),
          "site-peer-not-listening",
          "the others on the LAN are dialled only: is lan.address this box's own?");
    }
    speaker.perform(
        now,
        speaker
            .engine()
            .configure(
                now, List.copyOf(peers.values()), SitePeers.imported(next), exported(), _ -> true));
    // Their way is the LAN, not a tunnel that comes and goes.
    peers.keySet().forEach(name -> speaker.perform(now, speaker.engine().tunnelUp(now, name)));
    if (!peers.containsKey(SitePeers.SIBLING)) {
      sibling = SiblingRoutes.NONE;
      carriedThere.clear();
    }
    if (peers.keySet().stream().noneMatch(SiteControl::isRouter)) {
      lan = LanRoutes.NONE;
      seenHere.clear();
    }
  }

  private static boolean isRouter(String peer) {
    return !peer.equals(SitePeers.SIBLING);
  }

  private ExportPolicy exported() {
    Map<Nlri, Provenance> all = HashMap.newHashMap(told.size());
    told.forEach((prefix, from) -> all.put(Nlri.of(prefix), from));
    return ExportPolicy.passingOn(all);
  }

  /** Tells the LAN what our usable tunnels carry; the same map again costs nothing. */
  void tell(long now, Map<Prefix, Provenance> carried) {
    if (carried == told || config == null) {
      return;
    }
    boolean same = carried.equals(told);
    Set<Prefix> lost = new HashSet<>(told.keySet());
    lost.removeAll(carried.keySet());
    told = carried;
    if (!same && !peers.isEmpty()) {
      if (!lost.isEmpty()) {
        lost.addAll(unsettled);
        unsettled = lost;
        settledAt = now + SETTLE;
        askDue = true;
      }
      speaker.perform(now, speaker.engine().export(now, exported()));
      askAgain(now);
    }
  }

  /** As {@link #tell}, of what is carried no more alone. */
  void takeBack(long now, Map<Prefix, Provenance> carried) {
    if (!carried.keySet().containsAll(told.keySet())) {
      Map<Prefix, Provenance> rest = new HashMap<>(told);
      rest.keySet().retainAll(carried.keySet());
      tell(now, rest);
    }
  }

  private void askAgain(long now) {
    if (askDue && speaker.established(SitePeers.SIBLING::equals)) {
      askDue = false;
      speaker.perform(now, speaker.engine().refresh(now, SitePeers.SIBLING));
    }
  }

  long nextDeadline() {
    long next = speaker.nextDeadline();
    return unsettled.isEmpty() ? next : Math.min(next, settledAt);
  }

  /** Returns whether more may be forwarded over the sibling from now on, though it told nothing. */
  boolean settle(long now) {
    boolean answered = !askDue && !speaker.engine().awaitsRefresh(SitePeers.SIBLING);
    if (unsettled.isEmpty() || (!answered && now - settledAt < 0)) {
      return false;
    }
    unsettled = Set.of();
    askDue = false;
    return true;
  }

  /** What may be forwarded over the sibling; the same object while nothing changed, mostly. */
  SiblingRoutes forwarding() {
    return unsettled.isEmpty() ? sibling : sibling.without(unsettled);
  }

  /** Takes reports and the time. Returns whether reports are left. */
  boolean turn(long now) {
    boolean more = speaker.turn(now);
    askAgain(now);
    if (seenHere.size() > lan.ways().size()
        && speaker.allHaveTold(now, SiteControl::isRouter)
        && seenHere.retainAll(lan.ways().keySet())) {
      lan = new LanRoutes(lan.ways(), lan.passedOn(), seenHere);
    }
    return more;
  }

  /** What the other box carries; the same object while nothing changed. */
  SiblingRoutes learnt() {
    return sibling;
  }

  /** What the LAN's routers tell of; the same object while nothing changed. */
  LanRoutes lan() {
    return lan;
  }

  /** Whether something is guarded that the sibling no longer carries. */
  boolean guardsMore() {
    return sibling.guarded().size() > sibling.reachable().size();
  }

  /** Our own sessions with Azure told all they have: what they do not is not Azure's any more. */
  void ownKnowledge() {
    if (carriedThere.retainAll(sibling.reachable())) {
      sibling =
          new SiblingRoutes(sibling.via(), sibling.metric(), sibling.reachable(), carriedThere);
    }
  }

  @Override
  public @Nullable BgpPeer peer(String name) {
    return peers.get(name);
  }

  @Override
  public void transition(long now, BgpAction.Transition transition) {
    // What follows from it comes as routes. What was asked in the session before is asked again.
    askDue |= !unsettled.isEmpty() && transition.peer().equals(SitePeers.SIBLING);
  }

  @Override
  public void routes(RouteSet next) {
    Set<Prefix> reachable = new HashSet<>();
    Map<Prefix, List<InetAddress>> ways = new HashMap<>();
    Map<Nlri, Provenance> passedOn = new HashMap<>();
    next.routes()
        .forEach(
            (nlri, route) -> {
              List<String> by = route.tiers().stream().flatMap(List::stream).toList();
              Prefix prefix = nlri.toPrefix();
              if (by.contains(SitePeers.SIBLING)) {
                reachable.add(prefix);
              } else {
                ways.put(prefix, by.stream().flatMap(this::address).toList());
                passedOn.put(nlri, route.from());
              }
            });
    if (!reachable.equals(sibling.reachable())) {
      learnSibling(reachable);
    }
    if (!ways.equals(lan.ways()) || !passedOn.equals(lan.passedOn())) {
      remember(seenHere, ways.keySet(), "neighbor-prefixes", "the LAN's routers have");
      lan = new LanRoutes(ways, passedOn, seenHere);
    }
  }

  private Stream<InetAddress> address(String name) {
    BgpPeer peer = peers.get(name);
    return peer == null ? Stream.of() : Stream.of(peer.remote());
  }

  private void learnSibling(Set<Prefix> reachable) {
    AgentConfig by = config;
    int worst =
        by == null
            ? KernelRoutes.TUNNEL_METRIC
            : by.connections().stream()
                .mapToInt(ConnectionConfig::routeMetric)
                .max()
                .orElse(KernelRoutes.TUNNEL_METRIC);
    remember(carriedThere, reachable, "site-peer-prefixes", "the site's other box has");
    BgpPeer peer = peers.get(SitePeers.SIBLING);
    sibling =
        new SiblingRoutes(
            peer == null ? null : peer.remote(), worst + BEHIND, reachable, carriedThere);
  }

  private void remember(Set<Prefix> all, Set<Prefix> now, String code, String who) {
    all.addAll(now);
    if (all.size() > MOST_REMEMBERED) {
      news.warn(
          code,
          ("%s told of %d different prefixes, expected at most %d: those no longer told of are no"
                  + " longer kept from leaving in the clear; look at what is told there")
              .formatted(who, all.size(), MOST_REMEMBERED));
      all.retainAll(now);
    }
  }

  List<BgpSession> status(LongFunction<Instant> at) {
    return speaker.status(ExportPolicy.passingOn(Map.of()), at);
  }

  /** Cease: the others go on by themselves from now on. */
  void shutdown(long now) {
    speaker.perform(now, speaker.engine().shutdown(now, "this box goes down"));
  }

  @Override
  public void close() {
    speaker.close();
  }
}
