package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * All IKE SAs of this box: a sans-I/O core (no socket, clock, thread, log; randomness comes through
 * {@link IkeCrypto}). Time is nanoseconds on any monotonic clock. Owned by the control loop.
 *
 * <p>Every method returns what is to be done, in order.
 */
public final class IkeEngine {
  public IkeEngine(IkeCrypto crypto) {
    throw new UnsupportedOperationException("" + crypto);
  }

  /**
   * Makes these the configured peers: new ones start, gone ones are deleted, changed ones restart,
   * equal ones are left alone.
   */
  public List<IkeAction> configure(long now, List<IkePeer> peers) {
    throw new UnsupportedOperationException("" + now + peers);
  }

  /**
   * A datagram came, without the non-ESP marker. Hostile until proven otherwise.
   *
   * @param local the address and port it came to: the address itself, not the wildcard, where the
   *     kernel tells (IP_PKTINFO), since NAT detection compares it with what the peer sees
   */
  public List<IkeAction> receive(
      long now, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    throw new UnsupportedOperationException("" + now + local + remote + datagram.length);
  }

  /** Time has passed: retransmit, rekey, check liveness, try again. */
  public List<IkeAction> tick(long now) {
    throw new UnsupportedOperationException("" + now);
  }

  /** When {@link #tick} is due next; {@link Long#MAX_VALUE} for never. */
  public long nextDeadline() {
    throw new UnsupportedOperationException();
  }

  /** Inbound ESP was seen for this peer at that time: proof of life. */
  public void aliveAt(String peer, long when) {
    throw new UnsupportedOperationException(peer + when);
  }

  /** The CHILD SA has carried so many bytes or packets that it wants replacing. */
  public List<IkeAction> childExhausted(long now, int inboundSpi) {
    throw new UnsupportedOperationException("" + now + inboundSpi);
  }

  /** {@code tunnel rekey}: replaces the CHILD SA, or the IKE SA. */
  public List<IkeAction> rekey(long now, String peer, boolean ikeSa) {
    throw new UnsupportedOperationException(peer + now + ikeSa);
  }

  /** {@code tunnel reset}: deletes and starts over. */
  public List<IkeAction> reset(long now, String peer) {
    throw new UnsupportedOperationException(peer + now);
  }

  /** Deletes every SA; the box goes down. DELETEs are sent once and not waited for. */
  public List<IkeAction> shutdown(long now) {
    throw new UnsupportedOperationException("" + now);
  }

  public List<IkeView> view() {
    throw new UnsupportedOperationException();
  }

  /** Counted and dropped datagrams by reason, for status and metrics. */
  public java.util.Map<String, Long> drops() {
    throw new UnsupportedOperationException();
  }
}
