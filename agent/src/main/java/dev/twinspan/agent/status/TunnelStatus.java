package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One tunnel.
 *
 * @param name {@code connection/instance}
 * @param since when the state was entered
 * @param local outer address and port, {@code 198.51.100.7:4500}; null while not known
 * @param remote outer address and port; null while not known
 * @param ike null while there is no IKE SA
 * @param missingPairs pairs of traffic-selectors without a CHILD SA; empty where the tunnel is
 *     any-any
 * @param rtt of the last exchange that was answered at once; null when not known
 * @param quality how well it carries what it carries
 * @param drops packets dropped on this tunnel, by reason
 */
public record TunnelStatus(
    String name,
    String connection,
    String instance,
    State state,
    Reason reason,
    Instant since,
    @Nullable String local,
    @Nullable String remote,
    @Nullable Ike ike,
    List<ChildSa> childSas,
    List<MissingPair> missingPairs,
    Traffic traffic,
    Rates rates,
    @Nullable Duration rtt,
    Quality quality,
    long rekeys,
    long retransmits,
    Map<String, Long> drops) {
  public TunnelStatus {
    childSas = List.copyOf(childSas);
    missingPairs = List.copyOf(missingPairs);
    drops = Map.copyOf(drops);
  }

  /** Of whose quality nothing is known. */
  public TunnelStatus(
      String name,
      String connection,
      String instance,
      State state,
      Reason reason,
      Instant since,
      @Nullable String local,
      @Nullable String remote,
      @Nullable Ike ike,
      List<ChildSa> childSas,
      List<MissingPair> missingPairs,
      Traffic traffic,
      Rates rates,
      @Nullable Duration rtt,
      long rekeys,
      long retransmits,
      Map<String, Long> drops) {
    this(
        name,
        connection,
        instance,
        state,
        reason,
        since,
        local,
        remote,
        ike,
        childSas,
        missingPairs,
        traffic,
        rates,
        rtt,
        Quality.UNKNOWN,
        rekeys,
        retransmits,
        drops);
  }

  /**
   * @param lossIn of what the peer sent in the last seconds, 0 to 1
   * @param probe null: there is nothing to send probes to, or nothing was sent yet
   * @param shunned why new flows go by the other tunnels, while those it has stay; null: they do
   *     not
   */
  public record Quality(double lossIn, @Nullable Probe probe, @Nullable Reason shunned) {
    public static final Quality UNKNOWN = new Quality(0, null, null);
  }

  /**
   * ICMP echoes inside the tunnel, which measure the way that flows take.
   *
   * @param target address behind the peer
   * @param answers whether it is known to answer; what does not is asked seldom, and held against
   *     nobody
   * @param latency there and back, of the latest answers; null: none yet
   * @param loss of the latest probes, 0 to 1
   * @param missed the latest in a row that were not answered
   */
  public record Probe(
      String target,
      boolean answers,
      @Nullable Duration latency,
      double loss,
      long sent,
      long answered,
      int missed) {}

  /** What the operator sees of a tunnel. */
  public enum State {
    /** Not wanted, or waiting for the peer to open. */
    IDLE,
    /** A handshake is under way, or the next attempt is waiting for its time. */
    CONNECTING,
    /** Carries traffic. */
    UP,
    /** Established, and does not answer when it should; its flows stay until it has missed more. */
    SUSPECT,
    /** Established, and its flows were moved, since it does not answer. */
    LOST,
    /** Answers again; gets its flows back after a hold-down. */
    HELD,
    /** The peer announced its end; its flows were moved. */
    LEAVING,
    /** The operator took its flows away; it closes in a moment. */
    DRAINING,
    /** Closed by the operator until it is told otherwise. */
    DRAINED,
    /** Being deleted. */
    CLOSING,
    /** The last attempt failed; the reason says why. */
    FAILED
  }

  /**
   * @param code stable, for machines
   * @param sentence value seen, value expected, setting to change
   * @param details label → value, e.g. what each side offered; in the order to be shown
   */
  public record Reason(String code, String sentence, Map<String, String> details) {
    public Reason {
      details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }
  }

  /**
   * @param suite algorithms in words
   * @param initiatorSpi 8 bytes, host order
   * @param count IKE SAs with this peer; more than one while one replaces another
   */
  public record Ike(
      String suite,
      boolean initiator,
      boolean natHere,
      boolean natThere,
      long initiatorSpi,
      long responderSpi,
      int count) {}

  /**
   * A pair of ESP SAs.
   *
   * @param inboundSpi host order
   * @param sending whether this is the pair that is sent on
   */
  public record ChildSa(
      int inboundSpi,
      int outboundSpi,
      String suite,
      Instant since,
      boolean sending,
      long inBytes,
      long inPackets,
      long outBytes,
      long outPackets) {}

  /**
   * A pair of traffic-selectors whose packets have no CHILD SA to go by.
   *
   * @param local prefix of our side
   * @param remote prefix of the peer's side
   */
  public record MissingPair(String local, String remote, Reason reason, Instant since) {}

  /**
   * Inner bytes and packets since the agent started.
   *
   * @param lost inbound sequence numbers that never came; 0 where not counted
   * @param marked packets and super-packets that got a congestion mark because we fell behind
   */
  public record Traffic(
      long inBytes, long inPackets, long outBytes, long outPackets, long lost, long marked) {
    public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0);
  }

  /** Inner bits and packets a second, over the last second or so. */
  public record Rates(double inBits, double inPackets, double outBits, double outPackets) {
    public static final Rates NONE = new Rates(0, 0, 0, 0);
  }
}
