package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import java.util.List;

/** INFORMATIONAL as initiator: liveness checks and DELETE (RFC 7296 sections 1.4 and 2.4). */
final class InformationalExchange implements Exchange {
  private enum Kind {
    LIVENESS,
    DELETE_CHILDREN,
    DELETE_IKE
  }

  private final IkeSa sa;
  private final Kind kind;
  private final List<ChildSa> deleted;

  private InformationalExchange(IkeSa sa, Kind kind, List<ChildSa> deleted) {
    this.sa = sa;
    this.kind = kind;
    this.deleted = deleted;
  }

  /** An empty request: are you there? */
  static InformationalExchange liveness(IkeSa sa) {
    return new InformationalExchange(sa, Kind.LIVENESS, List.of());
  }

  /** All whose DELETE is due. */
  static InformationalExchange deleteChildren(IkeSa sa) {
    List<ChildSa> due = sa.children().in(ChildSa.Phase.DELETE_DUE);
    return new InformationalExchange(sa, Kind.DELETE_CHILDREN, due);
  }

  static InformationalExchange deleteIke(IkeSa sa) {
    return new InformationalExchange(sa, Kind.DELETE_IKE, List.of());
  }

  boolean isDelete() {
    return kind != Kind.LIVENESS;
  }

  @Override
  public ExchangeType type() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  public long patience() {
    return kind == Kind.DELETE_IKE
        ? Timing.HANDSHAKE_PATIENCE
        : Lifetimes.nanos(sa.peer().config().livenessTimeout());
  }

  @Override
  public List<Payload> request() {
    return switch (kind) {
      case LIVENESS -> List.of();
      case DELETE_IKE -> List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()));
      case DELETE_CHILDREN -> {
        deleted.forEach(child -> child.phase(ChildSa.Phase.DELETING, IkeContext.NEVER));
        List<byte[]> spis =
            deleted.stream().map(child -> Payloads.spi(child.inboundSpi())).toList();
        yield List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, spis));
      }
    };
  }

  @Override
  public void response(IkeMessage response, byte[] datagram) {
    switch (kind) {
      case LIVENESS -> {}
      case DELETE_IKE -> sa.end(Reasons.deleted(), false);
      case DELETE_CHILDREN -> {
        for (ChildSa child : deleted) {
          if (child.phase() == ChildSa.Phase.DELETING) {
            child.ikeSa().children().deleted(child, Reasons.ofCode(child.endReason()));
          }
        }
      }
    }
  }

  @Override
  public void malformed(DecodeError error) {
    sa.end(Reasons.brokenMessage(error), false);
  }

  @Override
  public void unanswered() {
    sa.end(
        kind == Kind.DELETE_IKE
            ? Reasons.deleteUnanswered()
            : Reasons.livenessTimeout(sa.peer().config()),
        false);
  }
}
