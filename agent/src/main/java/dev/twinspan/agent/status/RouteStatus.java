package dev.twinspan.agent.status;

import java.util.List;

/**
 * A prefix and who carries it.
 *
 * @param prefix as written, {@code 10.10.0.0/16}
 * @param group the ECMP group's name
 * @param shares empty: no tunnel is usable, packets are dropped
 */
public record RouteStatus(String prefix, String group, List<Share> shares) {
  public RouteStatus {
    shares = List.copyOf(shares);
  }

  /**
   * @param share of the hash buckets, 0 to 1
   */
  public record Share(String tunnel, double share) {}
}
