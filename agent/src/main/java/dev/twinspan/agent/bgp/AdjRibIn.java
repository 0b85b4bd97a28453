package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one peer announced and is to be held; never more than its limit. */
final class AdjRibIn {
  /**
   * @param path null: held, since it counts, but refused by the import policy
   */
  private record Entry(@Nullable Path path) {}

  private final Map<Nlri, Entry> entries = new HashMap<>();
  private final Set<Nlri> stale = new HashSet<>();
  private final Set<Family> disabled = EnumSet.noneOf(Family.class);
  private int accepted;

  /**
   * @return whether there was room for it
   */
  boolean put(Nlri prefix, @Nullable Path path, int limit) {
    if (disabled.contains(prefix.family())) {
      return true;
    }
    if (!entries.containsKey(prefix) && entries.size() >= limit) {
      return false;
    }
    count(entries.put(prefix, new Entry(path)), -1);
    accepted += path == null ? 0 : 1;
    stale.remove(prefix);
    return true;
  }

  boolean remove(Nlri prefix) {
    Entry gone = entries.remove(prefix);
    count(gone, -1);
    stale.remove(prefix);
    return gone != null;
  }

  private void count(@Nullable Entry entry, int change) {
    if (entry != null && entry.path() != null) {
      accepted += change;
    }
  }

  @Nullable Path path(Nlri prefix) {
    Entry entry = entries.get(prefix);
    return entry == null ? null : entry.path();
  }

  int size() {
    return entries.size();
  }

  int accepted() {
    return accepted;
  }

  /** A fresh session: a family disabled in the old one has another chance. */
  void fresh() {
    disabled.clear();
  }

  /** Forgets a family and ignores it from now on. */
  List<Nlri> disable(Family family) {
    disabled.add(family);
    return drop(entries.keySet().stream().filter(p -> p.family() == family).toList());
  }

  List<Nlri> clear() {
    return drop(List.copyOf(entries.keySet()));
  }

  /**
   * The peer restarts: what is not announced again by its End-of-RIB goes. What was not since it
   * restarted the last time goes now (RFC 4724 section 4.2).
   *
   * @return what goes
   */
  List<Nlri> retain(Collection<Family> families) {
    List<Nlri> gone =
        drop(
            entries.keySet().stream()
                .filter(p -> stale.contains(p) || !families.contains(p.family()))
                .toList());
    stale.addAll(entries.keySet());
    return gone;
  }

  /** Another speaks in the peer's place, and all there is stays until it has told what it has. */
  void retainMore() {
    stale.addAll(entries.keySet());
  }

  /** How many are kept for want of news. */
  int stale() {
    return stale.size();
  }

  List<Nlri> dropStale(Family family) {
    return drop(stale.stream().filter(p -> p.family() == family).toList());
  }

  private List<Nlri> drop(List<Nlri> prefixes) {
    prefixes.forEach(this::remove);
    return prefixes;
  }
}
