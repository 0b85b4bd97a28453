package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the core wants done. Carried out in order by the adapter in {@code control}. */
public sealed interface IkeAction {
  /**
   * Send one datagram. On port 4500 the adapter puts the non-ESP marker (4 zero bytes) in front.
   *
   * @param local the port to send from (500 or 4500); its address is the wildcard while the kernel
   *     is to choose
   */
  record Send(InetSocketAddress local, InetSocketAddress remote, byte[] message)
      implements IkeAction {}

  /**
   * Send the one byte 0xFF from and to port 4500, without the non-ESP marker: it keeps the NAT's
   * mapping in front of us open (RFC 3948 section 2.3). The receiver throws it away.
   */
  record SendKeepalive(InetSocketAddress local, InetSocketAddress remote) implements IkeAction {}

  /**
   * Both directions of a new CHILD SA are keyed. The inbound half is used at once, the outbound
   * half only after {@link UseOutbound}: make before break (RFC 7296 section 2.8).
   *
   * @param peer {@link IkePeer#name}
   * @param inboundSpi ours: what we receive
   * @param outboundSpi the peer's: what we send
   * @param inboundKeys KEYMAT of the receiving direction; the adapter zeroes it after installing
   * @param localSelectors negotiated, our side
   * @param udpEncapsulated ESP in UDP 4500 (a NAT was found or faked), else protocol 50
   * @param softBytes of inner packets, one way: tell {@link IkeEngine#childExhausted} then;
   *     MAX_VALUE: never
   * @param hardBytes of inner packets: send no more
   */
  record InstallChild(
      String peer,
      int inboundSpi,
      int outboundSpi,
      EspTransform transform,
      boolean esn,
      byte[] inboundKeys,
      byte[] outboundKeys,
      List<TrafficSelector> localSelectors,
      List<TrafficSelector> remoteSelectors,
      InetSocketAddress local,
      InetSocketAddress remote,
      boolean udpEncapsulated,
      long softBytes,
      long hardBytes)
      implements IkeAction {
    @Override
    public String toString() {
      return "InstallChild[%s in=%08x out=%08x %s esn=%s udp=%s]"
          .formatted(peer, inboundSpi, outboundSpi, transform, esn, udpEncapsulated);
    }
  }

  /**
   * An IKE SA of a peer whose keys somebody was allowed to have, see {@link IkeEngine#tellKeys}.
   *
   * @param initiator what protects the messages of the IKE SA's initiator; a copy, which the
   *     adapter destroys
   */
  record IkeKeyed(
      String peer,
      long initiatorSpi,
      long responderSpi,
      ProtectionKeys initiator,
      ProtectionKeys responder)
      implements IkeAction {}

  /**
   * From now on this peer's traffic leaves by the SA with this inbound SPI (the pair's name).
   *
   * @param beside further ones, for what is outside the selectors of the first, in order
   */
  record UseOutbound(String peer, int inboundSpi, List<Integer> beside) implements IkeAction {
    public UseOutbound {
      beside = List.copyOf(beside);
    }
  }

  /** Forget the pair and zero its keys. */
  record RemoveChild(String peer, int inboundSpi, String reason) implements IkeAction {}

  /** The peer's address or port changed behind a NAT: send there from now on. */
  record PeerMoved(String peer, InetSocketAddress local, InetSocketAddress remote)
      implements IkeAction {}

  /**
   * A fault of the core was contained: what it was at work on has been given up, the rest goes on.
   *
   * @param peer null: it belonged to nobody yet
   */
  record Fault(@Nullable String peer, RuntimeException cause) implements IkeAction {}

  /**
   * A transition the operator sees: the log line, the event, the reason in status.
   *
   * @param reason one sentence: what was seen, what was expected, and, where something is to be
   *     done, the setting
   */
  record Transition(String peer, IkeState state, IkeReason reason) implements IkeAction {}
}
