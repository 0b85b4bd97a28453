package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeFragment;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The message IDs, keys and windows of one IKE SA: RFC 7296 sections 2.1 to 2.3. One request of
 * ours is outstanding at a time, and the last answer of ours is kept, byte for byte, for when the
 * peer asks again.
 */
final class Channel {
  /** Where a request of the peer stands in its window. */
  enum Arrival {
    NEXT,
    /** The one answered last: the kept answer is due again. */
    REPEATED,
    OLD,
    BEYOND_WINDOW
  }

  private final IkeContext context;
  private final boolean initiator;
  private final long initiatorSpi;
  private long responderSpi;
  private @Nullable IkeKeys keys;
  private int nextRequest;
  private int expectedRequest;
  private List<byte[]> lastAnswer = List.of();
  private @Nullable Outstanding outstanding;
  private final Fragmentation fragmentation;
  private long messagesSealed;

  /**
   * @param firstMessageId of both directions: 0, but 1 for the requests of the responder's peer
   *     after IKE_SA_INIT
   */
  Channel(IkeContext context, boolean initiator, long initiatorSpi, long responderSpi) {
    this.context = context;
    this.initiator = initiator;
    this.initiatorSpi = initiatorSpi;
    this.responderSpi = responderSpi;
    this.fragmentation = new Fragmentation(context);
  }

  Fragmentation fragmentation() {
    return fragmentation;
  }

  boolean initiator() {
    return initiator;
  }

  long initiatorSpi() {
    return initiatorSpi;
  }

  long responderSpi() {
    return responderSpi;
  }

  void responderSpi(long spi) {
    responderSpi = spi;
  }

  long localSpi() {
    return initiator ? initiatorSpi : responderSpi;
  }

  /** Whether a header's SPIs and I flag are those the peer of this IKE SA writes. */
  boolean fits(IkeHeader header) {
    return header.initiatorSpi() == initiatorSpi
        && header.responderSpi() == responderSpi
        && header.fromInitiator() != initiator;
  }

  // --- keys -------------------------------------------------------------------------------------

  @Nullable IkeKeys keys() {
    return keys;
  }

  void keys(IkeKeys fresh) {
    keys = fresh;
  }

  void destroyKeys() {
    if (keys != null) {
      keys.destroy();
      keys = null;
    }
    fragmentation.forget(false);
    fragmentation.forget(true);
  }

  private IkeKeys requireKeys() {
    if (keys == null) {
      throw new IllegalStateException("no keys yet for IKE SA " + Long.toHexString(localSpi()));
    }
    return keys;
  }

  /** Verifies and decrypts what stands next in its window, whole or in fragments. */
  Inbound open(IkeHeader header, byte[] datagram) {
    if (keys == null) {
      return new Inbound.Dropped(Drop.UNAUTHENTICATED);
    }
    ProtectionKeys inbound = initiator ? keys.responder() : keys.initiator();
    IkeFragment.Number fragment = IkeCodec.fragment(datagram);
    if (fragment != null) {
      return fragmentation.open(header, fragment, datagram, inbound);
    }
    return switch (IkeCodec.open(datagram, context.crypto(), inbound)) {
      case DecodeResult.Failed<IkeMessage>(DecodeError.AuthenticationFailed _) ->
          new Inbound.Dropped(Drop.UNAUTHENTICATED);
      case DecodeResult.Failed<IkeMessage>(DecodeError error) -> new Inbound.Broken(error);
      case DecodeResult.Decoded<IkeMessage>(IkeMessage message) -> {
        fragmentation.forget(header.response());
        saw(message);
        yield new Inbound.Whole(message);
      }
    };
  }

  /** For the trace: what we say. */
  void told(IkeMessage message) {
    context.messages().record(context.now(), localSpi(), true, message);
  }

  /** For the trace: what the peer says. */
  void saw(IkeMessage message) {
    context.messages().record(context.now(), localSpi(), false, message);
  }

  /** For the trace: our request, or our answer to that request, once more. */
  void toldAgain(ExchangeType exchange, boolean response, int messageId) {
    repeated(
        true, new IkeHeader(initiatorSpi, responderSpi, exchange, response, initiator, messageId));
  }

  /** For the trace: the peer's request once more. */
  void sawAgain(IkeHeader request) {
    repeated(false, request);
  }

  private void repeated(boolean sent, IkeHeader header) {
    context.messages().repeat(context.now(), localSpi(), sent, header);
  }

  /**
   * Why a request that was answered already is not answered again; null: it is. Of a request in
   * fragments, the first alone asks for the answer (RFC 7383 section 2.6.1).
   */
  @Nullable Drop refuseRepeated(byte[] datagram) {
    if (keys == null) {
      return Drop.UNAUTHENTICATED;
    }
    ProtectionKeys inbound = initiator ? keys.responder() : keys.initiator();
    IkeFragment.Number fragment = IkeCodec.fragment(datagram);
    if (fragment != null && fragment.number() != 1) {
      return Drop.FRAGMENT_REPEATED;
    }
    DecodeResult<?> opened =
        fragment == null
            ? IkeCodec.open(datagram, context.crypto(), inbound)
            : IkeCodec.openFragment(datagram, context.crypto(), inbound);
    return switch (opened) {
      case DecodeResult.Failed<?>(DecodeError.AuthenticationFailed _) -> Drop.UNAUTHENTICATED;
      case DecodeResult.Failed<?> _ -> Drop.MALFORMED;
      case DecodeResult.Decoded<?> _ -> null;
    };
  }

  private List<byte[]> seal(
      ExchangeType exchange, boolean response, int messageId, List<Payload> payloads) {
    IkeHeader header =
        new IkeHeader(initiatorSpi, responderSpi, exchange, response, initiator, messageId);
    IkeMessage message = new IkeMessage(header, payloads);
    told(message);
    if (exchange == ExchangeType.IKE_SA_INIT) {
      return List.of(IkeCodec.encode(message));
    }
    IkeKeys all = requireKeys();
    ProtectionKeys outbound = initiator ? all.initiator() : all.responder();
    Encryption encryption = outbound.cipher().encryption();
    return IkeCodec.sealWithin(
        fragmentation.largest(), message, context.crypto(), outbound, () -> freshIv(encryption));
  }

  private byte[] freshIv(Encryption encryption) {
    return switch (encryption) {
      // RFC 5282 section 3.1: unique is enough for GCM, and a counter is.
      case AES_GCM_16 -> ByteBuffer.allocate(8).putLong(++messagesSealed).array();
      case AES_CBC -> context.crypto().random(encryption.ivLength());
    };
  }

  // --- our requests -----------------------------------------------------------------------------

  @Nullable Outstanding outstanding() {
    return outstanding;
  }

  /** Builds and seals the request; the caller sends it. Nothing else may be outstanding. */
  Outstanding begin(Exchange exchange) {
    if (outstanding != null) {
      throw new IllegalStateException(
          "the window is one, and " + outstanding.exchange() + " is in it");
    }
    int messageId = nextRequest;
    List<byte[]> datagrams = seal(exchange.type(), false, messageId, exchange.request());
    nextRequest++;
    outstanding = new Outstanding(context, exchange, messageId, datagrams);
    return outstanding;
  }

  /** IKE_SA_INIT once more with a cookie or another group: message ID 0 again (section 2.6). */
  Outstanding beginAgain(Exchange exchange) {
    outstanding = null;
    nextRequest = 0;
    return begin(exchange);
  }

  /** Whether this is the response to what is outstanding, by its header. */
  boolean isExpected(IkeHeader response) {
    return outstanding != null
        && outstanding.messageId() == response.messageId()
        && outstanding.exchange().type() == response.exchange();
  }

  /** The exchange is over, answered or given up. */
  void complete() {
    if (outstanding != null) {
      context.awaitNoMore(outstanding.exchange().proposedSpi());
    }
    outstanding = null;
    fragmentation.forget(true);
  }

  /** A request that is sent once and whose answer is not waited for. */
  List<byte[]> lastWords(List<Payload> payloads) {
    return seal(ExchangeType.INFORMATIONAL, false, nextRequest++, payloads);
  }

  // --- the peer's requests ----------------------------------------------------------------------

  /** IKE_SA_INIT was answered outside of this channel. */
  void skipFirstRequest() {
    expectedRequest = 1;
    fragmentation.stranger(true);
  }

  Arrival arrival(int messageId) {
    if (messageId == expectedRequest) {
      return Arrival.NEXT;
    }
    if (messageId == expectedRequest - 1 && !lastAnswer.isEmpty()) {
      return Arrival.REPEATED;
    }
    return Integer.compareUnsigned(messageId, expectedRequest) < 0
        ? Arrival.OLD
        : Arrival.BEYOND_WINDOW;
  }

  /** Seals and keeps the answer to the request with the next message ID. */
  List<byte[]> answer(ExchangeType exchange, List<Payload> payloads) {
    lastAnswer = seal(exchange, true, expectedRequest, payloads);
    expectedRequest++;
    fragmentation.forget(false);
    return lastAnswer;
  }

  /** The datagrams of it; none while nothing was answered. */
  List<byte[]> lastAnswer() {
    return lastAnswer;
  }
}
