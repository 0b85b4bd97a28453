package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.IkeKeys;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One IKE SA and its phases. Message IDs and keys are its {@link Channel}, addresses its {@link
 * IkePath}; what comes in goes through {@link Receiver} to exchanges and responders; what is due
 * next is in {@link Agenda}.
 *
 * <pre>
 *   CONNECTING (we open) ──┐
 *                          ├─ IKE_AUTH ─► ESTABLISHED ─ rekeyed ─► REKEYED ─ DELETE ─► GONE
 *   HALF_OPEN (peer opens) ┘                   └── close ──► CLOSING ─ answered ────► GONE
 * </pre>
 *
 * GONE answers retransmissions of its last request for a while and is then forgotten.
 */
final class IkeSa {
  enum Phase {
    CONNECTING,
    HALF_OPEN,
    ESTABLISHED,
    /** Another took over its CHILD SAs; waits for its DELETE, sent or awaited. */
    REKEYED,
    CLOSING,
    GONE
  }

  private final IkeContext context;
  private final Channel channel;
  private final IkePath path;
  private final ChildSas children;
  private final Agenda agenda;
  private final Receiver receiver;
  private Origin origin;
  private Phase phase;
  private long phaseEndsAt = IkeContext.NEVER;
  private @Nullable PeerSession peer;
  private @Nullable AuthResponder opening;
  private @Nullable IkeSuite suite;
  private @Nullable IkeSa rival;
  private byte[] lowestNonce = {};
  private long lastHeard;
  private long answeredAt;

  IkeSa(IkeContext context, Phase phase, Channel channel, IkePath path) {
    this.context = context;
    this.phase = phase;
    this.channel = channel;
    this.path = path;
    this.origin = new Origin(channel.initiator(), channel.initiatorSpi(), context.now(), 0);
    this.lastHeard = context.now();
    this.children = new ChildSas(context, this);
    this.agenda = new Agenda(context, this);
    this.receiver = new Receiver(context, this);
    context.register(this);
  }

  // --- what it is -------------------------------------------------------------------------------

  Phase phase() {
    return phase;
  }

  boolean isEstablished() {
    return phase == Phase.ESTABLISHED;
  }

  boolean initiator() {
    return channel.initiator();
  }

  long localSpi() {
    return channel.localSpi();
  }

  Channel channel() {
    return channel;
  }

  IkePath path() {
    return path;
  }

  ChildSas children() {
    return children;
  }

  Agenda agenda() {
    return agenda;
  }

  Origin origin() {
    return origin;
  }

  /** When an authentic message came last. */
  long lastHeard() {
    return lastHeard;
  }

  /** When a request of ours was answered last; 0: never. */
  long answeredAt() {
    return answeredAt;
  }

  /** Known once the peer is authenticated, from the start when we open. */
  PeerSession peer() {
    if (peer == null) {
      throw new IllegalStateException("IKE SA of nobody yet");
    }
    return peer;
  }

  @Nullable PeerSession peerOrNull() {
    return peer;
  }

  void peer(PeerSession session) {
    peer = session;
    context.messages().owned(localSpi(), session.name());
  }

  /** What was negotiated; known from the response to IKE_SA_INIT on. */
  IkeSuite suite() {
    if (suite == null) {
      throw new IllegalStateException("nothing negotiated yet");
    }
    return suite;
  }

  @Nullable IkeSuite suiteOrNull() {
    return suite;
  }

  IkeKeys keys() {
    IkeKeys keys = channel.keys();
    if (keys == null) {
      throw new IllegalStateException("no keys yet");
    }
    return keys;
  }

  void keyed(IkeSuite negotiated, IkeKeys keys) {
    suite = negotiated;
    channel.keys(keys);
    tellKeys();
  }

  /** Once they are there and it is known whose they are; only where somebody may have them. */
  void tellKeys() {
    IkeKeys keys = channel.keys();
    if (peer == null || keys == null || !context.keysTold().contains(peer.name())) {
      return;
    }
    context.emit(
        new IkeAction.IkeKeyed(
            peer.name(),
            channel.initiatorSpi(),
            channel.responderSpi(),
            keys.initiator().copy(),
            keys.responder().copy()));
  }

  /** The responder's half of the handshake under way. */
  void opening(AuthResponder responder, long patience) {
    opening = responder;
    phaseEndsAt = context.in(patience);
  }

  /** What the peer made of the same IKE SA while our own rekey was under way. */
  @Nullable IkeSa rival() {
    return rival;
  }

  void rival(IkeSa made) {
    rival = made;
  }

  /** Of the rekey that made this IKE SA: decides when both sides rekey at once. */
  byte[] lowestNonce() {
    return lowestNonce;
  }

  // --- requests of ours -------------------------------------------------------------------------

  void begin(Exchange exchange) {
    if (exchange.proposedSpi() != 0) {
      context.await(exchange.proposedSpi(), path.remote().getAddress());
    }
    sendRequest(channel.begin(exchange));
  }

  void beginAgain(Exchange exchange) {
    sendRequest(channel.beginAgain(exchange));
  }

  private void send(List<byte[]> datagrams) {
    for (byte[] datagram : datagrams) {
      context.emit(new IkeAction.Send(path.local(), path.remote(), datagram));
    }
  }

  private void sendRequest(Outstanding request) {
    send(request.datagrams());
  }

  /** Whether the peer is there: asked at once, or what is under way is sent once more. */
  void ask() {
    Outstanding outstanding = channel.outstanding();
    if (outstanding == null) {
      agenda.ask();
      tick();
    } else if (phase == Phase.ESTABLISHED) {
      outstanding.again();
      sendRequest(outstanding);
    }
  }

  /** The request under way was answered. */
  void answered(Outstanding request) {
    answeredAt = context.now();
    peer().answered(request);
  }

  /** An INFORMATIONAL whose answer is not waited for. */
  void sendOnce(List<Payload> payloads) {
    send(channel.lastWords(payloads));
  }

  /** DELETE, sent once and not waited for. */
  void lastWords() {
    boolean knownToPeer = phase == Phase.ESTABLISHED || phase == Phase.CONNECTING && suite != null;
    if (knownToPeer) {
      sendOnce(List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of())));
    }
  }

  // --- messages of the peer ---------------------------------------------------------------------

  void receive(IkeHeader header, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    receiver.receive(header, here, there, datagram);
  }

  /** The answer to our IKE_SA_INIT, in the clear. */
  void initResponse(
      IkeMessage response, InetSocketAddress here, InetSocketAddress there, byte[] datagram) {
    receiver.initResponse(response, here, there, datagram);
  }

  /** The responder's half of a handshake under way. */
  @Nullable AuthResponder opening() {
    return opening;
  }

  /** An authentic message that is newer than all before came from there. */
  void heard(InetSocketAddress here, InetSocketAddress there) {
    lastHeard = context.now();
    if (phase == Phase.ESTABLISHED && path.follow(here, there)) {
      moved();
    }
  }

  /** The newest authentic ESP packet came from there. */
  void espFrom(InetSocketAddress there) {
    boolean moved =
        phase == Phase.ESTABLISHED
            && path.udpEncapsulated()
            && there.getPort() != 0
            && path.follow(path.local(), there);
    if (moved) {
      moved();
    }
  }

  /** What is under way went to where the peer no longer is, and would be given up in vain. */
  private void moved() {
    if (children.size() > 0) {
      context.emit(new IkeAction.PeerMoved(peer().name(), path.local(), path.remote()));
    }
    Outstanding outstanding = channel.outstanding();
    if (outstanding != null) {
      outstanding.again();
      channel.toldAgain(outstanding.exchange().type(), false, outstanding.messageId());
      sendRequest(outstanding);
    }
  }

  // --- phases -----------------------------------------------------------------------------------

  /** The peer is authenticated. */
  void establish(PeerSession authenticated) {
    origin = origin.established(context.now());
    authenticated.pairs().begin();
    stand(authenticated);
    authenticated.makeRoomFor(this);
  }

  /** A rekey has made this one of {@code old}. */
  void succeed(IkeSa old, byte[] nonce) {
    origin = old.origin;
    lowestNonce = nonce;
    answeredAt = old.answeredAt;
    stand(old.peer());
  }

  private void stand(PeerSession authenticated) {
    boolean known = peer != null;
    peer = authenticated;
    context.messages().owned(localSpi(), authenticated.name());
    if (!known) {
      tellKeys();
    }
    channel.fragmentation().stranger(false);
    opening = null;
    phase = Phase.ESTABLISHED;
    phaseEndsAt = IkeContext.NEVER;
    lastHeard = context.now();
    agenda.established();
    authenticated.established(this);
  }

  /** Everything goes on over {@code successor}; this one waits for its DELETE. */
  void handOver(IkeSa successor) {
    children.moveTo(successor);
    phase = Phase.REKEYED;
    phaseEndsAt = context.in(Timing.REPLACED_PATIENCE);
    peer().ikeRekeyed();
  }

  /**
   * Lost against our own rekey: the peer's to delete, ours when it never learnt that it made this
   * (our answer was lost, and the old IKE SA is gone).
   */
  void yielded() {
    if (phase == Phase.ESTABLISHED) {
      phase = Phase.REKEYED;
      phaseEndsAt = context.in(Timing.YIELDED_PATIENCE);
    }
  }

  /** Sends DELETE as soon as the window allows, and is gone when that is answered. */
  void close(IkeReason reason) {
    if (phase == Phase.CLOSING || phase == Phase.GONE) {
      return;
    }
    if (phase == Phase.CONNECTING) {
      lastWords();
      end(reason, false);
      return;
    }
    phase = Phase.CLOSING;
    phaseEndsAt = context.in(2 * Timing.HANDSHAKE_PATIENCE);
    peer().refresh(reason);
    agenda.run();
  }

  /**
   * Gone for the peer too, or given up.
   *
   * @param answering whether the peer may ask its last request again
   */
  void end(IkeReason reason, boolean answering) {
    if (phase == Phase.GONE) {
      return;
    }
    phase = Phase.GONE;
    phaseEndsAt = context.in(answering ? Timing.GONE_LIFETIME : 0);
    opening = null;
    channel.complete();
    children.removeAll(reason.code());
    if (!answering) {
      release();
    }
    PeerSession session = peer;
    if (session != null) {
      session.ended(this, reason);
    }
  }

  /** Forgets it and zeroes its keys. */
  private void release() {
    phase = Phase.GONE;
    context.unregister(this);
    channel.complete();
    channel.destroyKeys();
    if (opening != null) {
      opening.forget();
      opening = null;
    }
  }

  /** Makes room in the half-open table, or is of no use. */
  void discard() {
    release();
  }

  /** Not even retransmissions are answered any more. */
  boolean isForgotten() {
    return phase == Phase.GONE && context.sa(localSpi()) != this;
  }

  // --- time -------------------------------------------------------------------------------------

  void tick() {
    if (context.now() >= phaseEndsAt && phaseOver()) {
      return;
    }
    if (phase == Phase.GONE || phase == Phase.HALF_OPEN) {
      return;
    }
    channel.fragmentation().expire();
    retransmit();
    agenda.run();
  }

  /**
   * @return whether nothing is left to do
   */
  private boolean phaseOver() {
    switch (phase) {
      case HALF_OPEN -> {
        context.drop(Drop.HALF_OPEN_EXPIRED);
        release();
      }
      case GONE -> release();
      case CLOSING -> end(Reasons.deleteUnanswered(), false);
      case REKEYED -> {
        close(Reasons.replaced());
        return false;
      }
      case CONNECTING, ESTABLISHED -> {
        return false;
      }
    }
    return true;
  }

  private void retransmit() {
    Outstanding outstanding = channel.outstanding();
    if (outstanding == null) {
      return;
    }
    if (outstanding.isExhausted()) {
      channel.complete();
      outstanding.exchange().unanswered();
    } else if (outstanding.takeRetransmission()) {
      peer().retransmitted();
      channel.toldAgain(outstanding.exchange().type(), false, outstanding.messageId());
      sendRequest(outstanding);
    }
  }

  long deadline() {
    long due = phaseEndsAt;
    if (phase == Phase.GONE || phase == Phase.HALF_OPEN) {
      return due;
    }
    Outstanding outstanding = channel.outstanding();
    if (outstanding != null) {
      due = Math.min(due, outstanding.deadline());
    }
    due = Math.min(due, channel.fragmentation().deadline());
    return Math.min(due, agenda.deadline());
  }
}
