package dev.twinspan.agent.bgp.message;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a set of destinations (RFC 4271 section 5). The next hop is with the prefixes, in
 * {@link BgpMessage.Reach}. What is not looked at here (communities, unknown transitive attributes)
 * is kept as it came.
 *
 * @param med MULTI_EXIT_DISC, unsigned 32 bits; null: none
 * @param localPref unsigned 32 bits; null: none. Discarded from external peers
 * @param communities each 4 octets (RFC 1997)
 * @param others as they came, in the order of their type
 */
public record PathAttributes(
    Origin origin,
    AsPath asPath,
    @Nullable Long med,
    @Nullable Long localPref,
    boolean atomicAggregate,
    @Nullable Aggregator aggregator,
    List<Integer> communities,
    List<Other> others) {
  public PathAttributes {
    communities = List.copyOf(communities);
    others = List.copyOf(others);
  }

  public static PathAttributes of(Origin origin, AsPath asPath) {
    return new PathAttributes(origin, asPath, null, null, false, null, List.of(), List.of());
  }

  /** Section 5.1.1, best first. */
  public enum Origin {
    IGP,
    EGP,
    INCOMPLETE
  }

  /** Section 5.1.7. */
  public record Aggregator(long asn, InetAddress address) {}

  /** An attribute not looked at. */
  public record Other(int flags, int type, Bytes value) {}
}
