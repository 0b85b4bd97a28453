package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What is said outside of any IKE SA, RFC 7296 sections 1.5, 2.5 and 2.21.4. Nothing of it is
 * proven: what we are told makes us ask the peer, who must then answer with keys; what we tell is
 * limited per address, and never an answer to an answer.
 */
final class Strays {
  private static final int HEADER = 28;
  private static final int NOTIFY_LENGTH = 8;
  private static final int EXCHANGE = 18;
  private static final int FLAGS = 19;
  private static final int RESPONSE = 0x20;
  private static final int INITIATOR = 0x08;
  private static final int MAJOR_VERSION = 2;

  private final IkeContext context;
  private final SourceRates rates;

  Strays(IkeContext context) {
    this.context = context;
    this.rates = new SourceRates(context, 256, Timing.STRAY_ANSWERS, Timing.STRAY_ANSWERS);
  }

  // --- what we tell -----------------------------------------------------------------------------

  /** Section 2.5: a request of a higher major version learns which is the highest here. */
  void newerVersion(InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    answer(NotifyType.INVALID_MAJOR_VERSION, here, there, datagram);
  }

  /**
   * Section 2.21.4: a request for an IKE SA that is not here; its sender may have outlived ours.
   */
  void unknownSpi(InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    answer(NotifyType.INVALID_IKE_SPI, here, there, datagram);
  }

  /** SPIs, exchange type and message ID are the request's. */
  private void answer(
      int notification, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    boolean request = datagram.length >= HEADER && (datagram[FLAGS] & RESPONSE) == 0;
    if (!request || !rates.take(context.now(), there.getAddress())) {
      return;
    }
    ByteBuffer answer = ByteBuffer.allocate(HEADER + NOTIFY_LENGTH);
    answer.put(datagram, 0, 16).put((byte) 41).put((byte) (MAJOR_VERSION << 4));
    answer.put(datagram[EXCHANGE]);
    answer.put((byte) (RESPONSE | ~datagram[FLAGS] & INITIATOR));
    answer.put(datagram, 20, 4).putInt(answer.capacity());
    answer.putShort((short) 0).putShort((short) NOTIFY_LENGTH);
    answer.putShort((short) 0).putShort((short) notification);
    context.emit(new IkeAction.Send(here, there, answer.array()));
  }

  // --- what we are told -------------------------------------------------------------------------

  /** Whether this response, in the clear, says that the peer does not have the IKE SA. */
  static boolean saysUnknownIkeSpi(byte[] datagram) {
    return IkeCodec.decode(datagram) instanceof DecodeResult.Decoded<IkeMessage>(IkeMessage message)
        && Payloads.notification(message.payloads(), NotifyType.INVALID_IKE_SPI) != null;
  }

  /** The SPI the sender got ESP for and does not have; null: it says something else. */
  static @Nullable Integer unknownChildSpi(IkeHeader header, byte[] datagram) {
    if (header.exchange() != ExchangeType.INFORMATIONAL
        || header.response()
        || !(IkeCodec.decode(datagram)
            instanceof DecodeResult.Decoded<IkeMessage>(IkeMessage message))) {
      return null;
    }
    return unknownChildSpi(Payloads.notification(message.payloads(), NotifyType.INVALID_SPI));
  }

  static @Nullable Integer unknownChildSpi(Payload.@Nullable Notify invalidSpi) {
    return invalidSpi == null || invalidSpi.data().length != 4
        ? null
        : Payloads.childSpi(invalidSpi.data());
  }
}
