package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of a message into an IKE SA: header, window, integrity, and only then its meaning. What
 * fails before is counted and has no effect, however it looks.
 */
final class Receiver {
  private final IkeContext context;
  private final IkeSa sa;

  Receiver(IkeContext context, IkeSa sa) {
    this.context = context;
    this.sa = sa;
  }

  void receive(IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    if (!sa.channel().fits(header)) {
      context.drop(Drop.HEADER_MISMATCH);
    } else if (header.response()) {
      response(header, here, there, datagram);
    } else {
      request(header, here, there, datagram);
    }
  }

  /** The answer to our IKE_SA_INIT, in the clear. */
  void initResponse(
      IkeMessage response, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    Outstanding outstanding = sa.channel().outstanding();
    if (sa.phase() != IkeSa.Phase.CONNECTING
        || outstanding == null
        || !sa.channel().isExpected(response.header())
        || !there.equals(sa.path().remote())) {
      context.drop(Drop.UNEXPECTED_RESPONSE);
      return;
    }
    sa.path().resolve(here);
    sa.channel().saw(response);
    outstanding.exchange().response(response, datagram);
  }

  private void response(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    Outstanding outstanding = sa.channel().outstanding();
    if (outstanding == null || !sa.channel().isExpected(header)) {
      context.drop(Drop.UNEXPECTED_RESPONSE);
      return;
    }
    switch (sa.channel().open(header, datagram)) {
      case Inbound.Dropped(Drop reason) -> {
        if (there.equals(sa.path().remote()) && Strays.saysUnknownIkeSpi(datagram)) {
          context.drop(Drop.HINT_TAKEN);
          outstanding.hurry(Timing.DOUBTED_PATIENCE);
        } else {
          context.drop(reason);
        }
      }
      case Inbound.Incomplete _ -> {}
      case Inbound.Broken(DecodeError error) -> {
        sa.channel().complete();
        outstanding.exchange().malformed(error);
      }
      case Inbound.Whole(IkeMessage message) -> {
        sa.channel().complete();
        sa.heard(here, there);
        sa.answered(outstanding);
        outstanding.exchange().response(message, datagram);
      }
    }
  }

  private void request(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    Channel.Arrival arrival = sa.channel().arrival(header.messageId());
    switch (arrival) {
      case OLD -> context.drop(Drop.OLD_MESSAGE_ID);
      case BEYOND_WINDOW -> context.drop(Drop.BEYOND_WINDOW);
      case NEXT, REPEATED -> {
        AuthResponder opening = sa.opening();
        if (opening != null && !opening.deriveKeys()) {
          context.drop(Drop.UNUSABLE_KEY_SHARE);
          sa.discard();
          return;
        }
        if (arrival == Channel.Arrival.REPEATED) {
          repeated(header, here, there, datagram);
        } else {
          next(header, here, there, datagram);
        }
      }
    }
  }

  private void repeated(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    Drop refused = sa.channel().refuseRepeated(datagram);
    if (refused != null) {
      context.drop(refused);
      return;
    }
    sa.channel().sawAgain(header);
    sa.channel().toldAgain(header.exchange(), true, header.messageId());
    send(sa.channel().lastAnswer(), here, there);
    sa.children().answerRepeated();
  }

  private void next(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    switch (sa.channel().open(header, datagram)) {
      case Inbound.Dropped(Drop reason) -> context.drop(reason);
      case Inbound.Incomplete _ -> {}
      case Inbound.Broken(DecodeError error) -> broken(header, here, there, error);
      case Inbound.Whole(IkeMessage message) -> authentic(message, here, there);
    }
  }

  private void authentic(IkeMessage request, InetSocketAddress here, InetSocketAddress there) {
    if (sa.phase() == IkeSa.Phase.HALF_OPEN) {
      sa.path().answerTo(here, there);
    }
    sa.children().answerSeen();
    List<Payload> answer = dispatch(request);
    if (answer == null) {
      context.drop(Drop.UNEXPECTED_EXCHANGE);
      return;
    }
    sa.heard(here, there);
    answer(request.header(), answer, here, there);
  }

  /** The answer; null: the exchange makes no sense now. */
  private @Nullable List<Payload> dispatch(IkeMessage request) {
    boolean managed =
        switch (sa.phase()) {
          case ESTABLISHED, REKEYED, CLOSING -> true;
          case CONNECTING, HALF_OPEN, GONE -> false;
        };
    AuthResponder opening = sa.opening();
    return switch (request.header().exchange()) {
      case IKE_SA_INIT -> null;
      case IKE_AUTH -> opening == null ? null : opening.answer(request);
      case CREATE_CHILD_SA -> managed ? CreateChildResponder.answer(context, sa, request) : null;
      case INFORMATIONAL -> managed ? InformationalResponder.answer(context, sa, request) : null;
    };
  }

  /**
   * Authentic and yet broken: INVALID_SYNTAX ends the IKE SA, an unknown critical payload does not
   * (RFC 7296 sections 2.5 and 2.21.3).
   */
  private void broken(
      IkeHeader header, InetSocketAddress here, InetSocketAddress there, DecodeError error) {
    IkeSa.Phase phase = sa.phase();
    if (phase == IkeSa.Phase.GONE || phase == IkeSa.Phase.CONNECTING) {
      context.drop(Drop.MALFORMED);
    } else if (error instanceof DecodeError.UnsupportedCriticalPayload(int type)
        && phase != IkeSa.Phase.HALF_OPEN) {
      byte[] data = {(byte) type};
      Payload notify = Payloads.notify(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, data);
      answer(header, List.of(notify), here, there);
    } else {
      answer(header, List.of(Payloads.notify(NotifyType.INVALID_SYNTAX)), here, there);
      sa.end(Reasons.brokenMessage(error), true);
    }
  }

  private void answer(
      IkeHeader request, List<Payload> payloads, InetSocketAddress here, InetSocketAddress there) {
    send(sa.channel().answer(request.exchange(), payloads), here, there);
  }

  private void send(List<byte[]> datagrams, InetSocketAddress here, InetSocketAddress there) {
    for (byte[] datagram : datagrams) {
      context.emit(new IkeAction.Send(here, there, datagram));
    }
  }
}
