package dev.twinspan.agent.bgp;

/**
 * Why something happened.
 *
 * @param code stable, for machines: {@code established}, {@code hold-expired}, {@code
 *     notification-received}, {@code prefix-limit} …
 * @param sentence for people: the value seen, the value expected, the setting to change
 */
public record BgpReason(String code, String sentence) {
  /** Code of routes that were kept for a peer that began anew, and that it did not tell again. */
  public static final String STALE_ROUTES = "stale-routes";

  /** Code of routes that are kept for a peer that restarts. */
  public static final String GRACEFUL_RESTART = "graceful-restart";

  /** Code of a session that the peer ended on purpose: its routes are gone, its tunnel stands. */
  public static final String CEASE_RECEIVED = "cease-received";
}
