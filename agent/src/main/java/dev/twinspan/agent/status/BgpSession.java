package dev.twinspan.agent.status;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session with a gateway's instance.
 *
 * @param tunnel the tunnel it goes by
 * @param local address it is spoken from
 * @param remote the peer's address
 * @param asn the peer's
 * @param since when the state was entered
 * @param holdSeconds agreed; 0 when not established or none
 * @param received prefixes held from the peer
 * @param accepted those that the import policy let in
 * @param stale those of the received that stay in use while the peer restarts, until it has told
 *     its routes again
 * @param advertised prefixes announced to it
 * @param maxPrefixes taken from it at most
 * @param lastFailure why it failed or ended last; null: it has not
 * @param alarms limits that are reached or near, and what is not announced
 */
public record BgpSession(
    String tunnel,
    String local,
    String remote,
    long asn,
    State state,
    Instant since,
    Reason reason,
    int holdSeconds,
    int received,
    int accepted,
    int stale,
    int advertised,
    int maxPrefixes,
    @Nullable Failure lastFailure,
    List<String> alarms) {
  public BgpSession {
    alarms = List.copyOf(alarms);
  }

  /** RFC 4271 section 8.2.2. */
  public enum State {
    IDLE,
    CONNECT,
    ACTIVE,
    OPEN_SENT,
    OPEN_CONFIRM,
    ESTABLISHED
  }

  /**
   * @param code stable, for machines
   * @param sentence value seen, value expected, setting to change
   */
  public record Reason(String code, String sentence) {}

  /** As {@link Reason}, with its time. */
  public record Failure(Instant time, String code, String sentence) {}
}
