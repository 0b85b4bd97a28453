package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeFragment;
import dev.twinspan.agent.ike.message.IkeHeader;
import java.net.InetAddress;

/**
 * IKE fragmentation of one IKE SA (RFC 7383): whether it was negotiated, how long a datagram of
 * ours may be, and the peer's messages under reassembly: one request and one response, as the
 * window is one in each direction.
 */
final class Fragmentation {
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER_AND_MARKER = 8 + 4;

  private final IkeContext context;
  private final Reassembly request;
  private final Reassembly response;
  private int largest = Integer.MAX_VALUE;
  private boolean negotiated;
  private boolean stranger;

  Fragmentation(IkeContext context) {
    this.context = context;
    this.request = new Reassembly(context);
    this.response = new Reassembly(context);
  }

  /**
   * Both sides can.
   *
   * @param packet largest IP packet to send, bytes
   */
  void negotiated(int packet, InetAddress remote) {
    negotiated = true;
    int ip = remote.getAddress().length == 16 ? IPV6_HEADER : IPV4_HEADER;
    largest = packet - ip - UDP_HEADER_AND_MARKER;
  }

  /** A rekeyed IKE SA goes on as the old one was negotiated. */
  void inherit(Fragmentation old) {
    negotiated = old.negotiated;
    largest = old.largest;
  }

  /** The peer has not proven who it is, and shares memory with others like it. */
  void stranger(boolean unproven) {
    stranger = unproven;
  }

  /** Largest IKE message to send in one datagram, bytes. */
  int largest() {
    return largest;
  }

  Inbound open(IkeHeader header, IkeFragment.Number number, byte[] datagram, ProtectionKeys keys) {
    if (!negotiated) {
      return new Inbound.Dropped(Drop.FRAGMENT_NOT_NEGOTIATED);
    }
    Reassembly under = header.response() ? response : request;
    Drop refused = under.refuse(header, number);
    if (refused != null) {
      return new Inbound.Dropped(refused);
    }
    return switch (IkeCodec.openFragment(datagram, context.crypto(), keys)) {
      case DecodeResult.Failed<IkeFragment>(DecodeError.AuthenticationFailed _) ->
          new Inbound.Dropped(Drop.UNAUTHENTICATED);
      case DecodeResult.Failed<IkeFragment>(DecodeError error) -> new Inbound.Broken(error);
      case DecodeResult.Decoded<IkeFragment>(IkeFragment fragment) -> add(under, fragment);
    };
  }

  private Inbound add(Reassembly under, IkeFragment fragment) {
    Inbound result = under.add(fragment, stranger ? context.fragmentMemory() : null);
    if (under.isEmpty()) {
      context.fragmentMemory().release(under);
    }
    return result;
  }

  /** A whole message came instead, or the IKE SA goes. */
  void forget(boolean responses) {
    Reassembly under = responses ? response : request;
    under.clear();
    context.fragmentMemory().release(under);
  }

  /** Throws away what was not completed in time. */
  void expire() {
    for (boolean responses : new boolean[] {false, true}) {
      if (context.now() >= (responses ? response : request).expiresAt()) {
        forget(responses);
        context.drop(Drop.FRAGMENT_EXPIRED);
      }
    }
  }

  long deadline() {
    return Math.min(request.expiresAt(), response.expiresAt());
  }
}
