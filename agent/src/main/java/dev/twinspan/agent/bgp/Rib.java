package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What all peers announced and the routes chosen from it. Changes are collected, and chosen among
 * once at the end of a call ({@link #settle}), for the prefixes concerned only.
 */
class Rib {
  /** Refusals put into words for each UPDATE; the rest is in the counts. */
  private static final int NOTICES = 3;

  private final Map<String, AdjRibIn> in = new TreeMap<>();
  private final Map<Nlri, Route> routes = new HashMap<>();
  private final Set<Nlri> dirty = new HashSet<>();
  private Function<BgpPeer, ImportPolicy> policies = _ -> new ImportPolicy(Set.of(), false);
  private Map<Nlri, Provenance> export = Map.of();
  private long generation;

  /** What came of an UPDATE. */
  record Outcome(boolean overLimit, List<BgpReason> notices) {}

  void configure(Function<BgpPeer, ImportPolicy> imported, Map<Nlri, Provenance> exported) {
    policies = imported;
    export = exported;
  }

  void export(Map<Nlri, Provenance> exported) {
    export = exported;
  }

  Map<Nlri, Provenance> export() {
    return export;
  }

  Outcome update(BgpPeer peer, Update update) {
    AdjRibIn from = of(peer.name());
    Map<String, BgpReason> notices = new LinkedHashMap<>();
    for (Family family : update.disabled()) {
      dirty.addAll(from.disable(family));
    }
    withdraw(from, update.withdrawn());
    int before = from.size();
    boolean over = false;
    PathAttributes attributes = update.attributes();
    if (attributes != null) {
      ImportPolicy policy = policies.apply(peer);
      Optional<BgpReason> refusal = policy.refuses(peer, attributes);
      for (Reach reach : update.reach()) {
        if (refusal.isPresent()) {
          // Not held, so that it does not count: FRR announces to us what it has from us.
          withdraw(from, reach.nlri());
        } else {
          over |= announce(peer, policy, from, attributes, reach, notices);
        }
      }
      refusal
          .filter(r -> !r.code().equals(ImportPolicy.LOOP))
          .ifPresent(r -> notices.put(r.code(), r));
    }
    for (Family family : update.endOfRib()) {
      dirty.addAll(from.dropStale(family));
    }
    limits(peer, before, from.size(), over, notices);
    return new Outcome(over, List.copyOf(notices.values()));
  }

  private void withdraw(AdjRibIn from, List<Nlri> prefixes) {
    for (Nlri prefix : prefixes) {
      if (from.remove(prefix)) {
        dirty.add(prefix);
      }
    }
  }

  private boolean announce(
      BgpPeer peer,
      ImportPolicy policy,
      AdjRibIn to,
      PathAttributes attributes,
      Reach reach,
      Map<String, BgpReason> notices) {
    Path path = new Path(peer, attributes, reach.nextHop());
    boolean over = false;
    for (Nlri prefix : reach.nlri()) {
      Optional<BgpReason> why = policy.refuses(peer, prefix, reach.nextHop());
      if (why.isPresent() && notices.size() < NOTICES) {
        notices.putIfAbsent(why.get().code(), why.get());
      }
      if (to.put(prefix, why.isPresent() ? null : path, peer.maxPrefixes())) {
        dirty.add(prefix);
      } else {
        over = true;
      }
    }
    return over;
  }

  private static void limits(
      BgpPeer peer, int before, int after, boolean over, Map<String, BgpReason> notices) {
    int near = peer.maxPrefixes() - peer.maxPrefixes() / 5;
    if (over) {
      notices.put("prefix-limit", Reasons.overrun(peer));
    } else if (before < near && after >= near) {
      notices.put("prefix-limit-near", Reasons.nearLimit(after, peer));
    }
  }

  void up(BgpPeer peer) {
    of(peer.name()).fresh();
  }

  void down(String peer) {
    dirty.addAll(of(peer).clear());
  }

  /**
   * Keeps what the peer announced of these families as stale, but for what was stale already.
   *
   * @return how many prefixes that are
   */
  int retain(String peer, Collection<Family> families) {
    AdjRibIn from = of(peer);
    dirty.addAll(from.retain(families));
    return from.stale();
  }

  /** Keeps everything as stale, what was stale already included. */
  void retainMore(String peer) {
    of(peer).retainMore();
  }

  /** Returns how many prefixes that were. */
  int dropStale(String peer, Collection<Family> families) {
    int dropped = 0;
    for (Family family : families) {
      List<Nlri> gone = of(peer).dropStale(family);
      dirty.addAll(gone);
      dropped += gone.size();
    }
    return dropped;
  }

  /** How many prefixes are kept for a peer that is to announce them anew. */
  int stale(String peer) {
    return of(peer).stale();
  }

  void forget(String peer) {
    down(peer);
    in.remove(peer);
  }

  int received(String peer) {
    return of(peer).size();
  }

  int accepted(String peer) {
    return of(peer).accepted();
  }

  private AdjRibIn of(String peer) {
    return in.computeIfAbsent(peer, _ -> new AdjRibIn());
  }

  /** Chooses again for what changed. Null: the routes are as they were. */
  @Nullable RouteSet settle() {
    boolean changed = false;
    for (Nlri prefix : dirty) {
      List<Path> candidates = new ArrayList<>(in.size());
      for (AdjRibIn from : in.values()) {
        Path path = from.path(prefix);
        if (path != null) {
          candidates.add(path);
        }
      }
      Route now = candidates.isEmpty() ? null : Decision.decide(prefix, candidates);
      Route was = now == null ? routes.remove(prefix) : routes.put(prefix, now);
      changed |= now == null ? was != null : !now.equals(was);
    }
    dirty.clear();
    return changed
        ? new RouteSet(++generation, Collections.unmodifiableMap(new HashMap<>(routes)))
        : null;
  }
}
