package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which paths are used: RFC 4271 section 9.1, with multipath.
 *
 * <ol>
 *   <li>higher LOCAL_PREF (100 where there is none, as from every external peer)
 *   <li>shorter AS path (a set counts one)
 *   <li>lower ORIGIN
 *   <li>lower MULTI_EXIT_DISC (0 where there is none) among paths of the same neighbouring AS
 *   <li>external before internal
 * </ol>
 *
 * Paths equal up to here share the traffic, whatever ASNs are on them ("multipath relax": the two
 * instances of a gateway may learn a prefix by different ways). The interior cost (e) is the same
 * for all tunnels. Identifier and address of the peer (f, g) only give the order in which equal
 * ones are listed, so that it does not depend on the order of arrival.
 */
final class Decision {
  private static final long DEFAULT_PREFERENCE = 100;

  private static final Comparator<Path> BEFORE_MED =
      Comparator.comparingLong((Path p) -> -preference(p))
          .thenComparingInt(p -> p.attributes().asPath().length())
          .thenComparing(p -> p.attributes().origin());

  private Decision() {}

  /**
   * @param candidates at least one
   */
  static Route decide(Nlri prefix, List<Path> candidates) {
    List<Path> best = candidates;
    String why = "the only path";
    if (candidates.size() > 1) {
      best = new ArrayList<>(candidates);
      best.sort(
          BEFORE_MED
              .thenComparing((Path p) -> !p.peer().external())
              .thenComparing(p -> p.peer().name()));
      List<Path> preferred = keepEqual(best, BEFORE_MED);
      List<Path> afterMed = lowestMed(preferred);
      boolean external = afterMed.stream().anyMatch(p -> p.peer().external());
      List<Path> last = afterMed.stream().filter(p -> p.peer().external() == external).toList();
      why = why(candidates.size(), best, preferred, afterMed, last);
      best = last;
    }
    List<String> peers = best.stream().map(p -> p.peer().name()).toList();
    List<Path> left = new ArrayList<>(candidates);
    left.removeAll(best);
    return new Route(
        prefix,
        peers,
        why,
        Provenance.of(best.getFirst().attributes()),
        left.isEmpty() ? List.of() : decide(prefix, left).tiers());
  }

  private static List<Path> keepEqual(List<Path> sorted, Comparator<Path> order) {
    Path first = sorted.getFirst();
    return sorted.stream().filter(p -> order.compare(p, first) == 0).toList();
  }

  /** Section 9.1.2.2 (c): only paths of one neighbouring AS are compared. */
  private static List<Path> lowestMed(List<Path> paths) {
    return paths.stream()
        .filter(
            p ->
                paths.stream()
                    .noneMatch(
                        q -> neighbour(q).equals(neighbour(p)) && Long.compare(med(q), med(p)) < 0))
        .toList();
  }

  private static Long neighbour(Path path) {
    return path.attributes().asPath().first().orElse(path.peer().localAs());
  }

  private static String why(
      int all, List<Path> sorted, List<Path> preferred, List<Path> afterMed, List<Path> last) {
    String others = "";
    if (last.size() < afterMed.size()) {
      others = "; external before internal";
    } else if (afterMed.size() < preferred.size()) {
      others = "; lower MULTI_EXIT_DISC";
    } else if (preferred.size() < all) {
      others = "; " + difference(sorted.getFirst(), sorted.get(preferred.size()));
    }
    return (last.size() == 1 ? "the best path" : last.size() + " equal paths") + others;
  }

  private static String difference(Path winner, Path loser) {
    PathAttributes one = winner.attributes();
    PathAttributes two = loser.attributes();
    if (preference(winner) != preference(loser)) {
      return "LOCAL_PREF %d against %d".formatted(preference(winner), preference(loser));
    }
    if (one.asPath().length() != two.asPath().length()) {
      return "AS path of %d against %d".formatted(one.asPath().length(), two.asPath().length());
    }
    return "ORIGIN %s against %s".formatted(one.origin(), two.origin());
  }

  private static long preference(Path path) {
    return orElse(path.attributes().localPref(), DEFAULT_PREFERENCE);
  }

  private static long med(Path path) {
    return orElse(path.attributes().med(), 0);
  }

  private static long orElse(@Nullable Long value, long none) {
    return value == null ? none : value;
  }
}
