package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.BgpCodec;
import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.Capability;
import dev.twinspan.agent.bgp.message.Capability.FourOctetAs;
import dev.twinspan.agent.bgp.message.Capability.GracefulRestart;
import dev.twinspan.agent.bgp.message.Capability.MultiProtocol;
import dev.twinspan.agent.bgp.message.CodecContext;
import dev.twinspan.agent.bgp.message.DecodeError;
import dev.twinspan.agent.bgp.message.DecodeResult;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Framer;
import dev.twinspan.agent.bgp.message.Notification;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection's state machine: its timers, what was agreed, and the state that says what
 * happens next.
 */
final class Fsm {
  /** No connection. */
  private static final long NONE = 0;

  private final BgpContext context;
  private final PeerSession session;
  private FsmState state = new IdleState();
  private BgpReason reason = Reasons.starting();
  private long since;
  private long connection = NONE;
  private boolean dialled;
  private long openedAt;
  private Framer framer = new Framer();
  private CodecContext codec = CodecContext.UNNEGOTIATED;
  private @Nullable Open open;
  private boolean saidGoodbye;
  private int attempt;
  private long idleUntil;
  private long waitingUntil = BgpContext.NEVER;
  private long holdAt = BgpContext.NEVER;
  private long keepaliveAt = BgpContext.NEVER;
  private int holdSeconds;
  private int patienceSeconds;

  Fsm(BgpContext context, PeerSession session) {
    this.context = context;
    this.session = session;
    this.since = context.now();
    this.idleUntil = context.now();
  }

  // --- events -----------------------------------------------------------------------------------

  /** The peer connected to us. */
  void adopt(long accepted) {
    connection = accepted;
    dialled = false;
    sendOpen();
    go(new Step(new OpenSentState(), Reasons.connected(false)));
  }

  void connected() {
    go(state.connected(this));
  }

  void closed(String why) {
    connection = NONE;
    go(state.closed(this, why));
  }

  void tick() {
    go(state.timer(this));
  }

  long deadline() {
    return state.deadline(this);
  }

  void received(byte[] bytes) {
    framer.push(bytes);
    long on = connection;
    Optional<byte[]> message = framer.next();
    while (message.isPresent() && connection == on) {
      take(BgpCodec.decode(message.get(), codec));
      message = framer.next();
    }
    if (connection == on) {
      framer.error().ifPresent(this::refuse);
    }
  }

  private void take(DecodeResult result) {
    switch (result) {
      case DecodeResult.Decoded(BgpMessage message) -> go(state.message(this, message));
      case DecodeResult.Failed(DecodeError error) -> refuse(error);
    }
  }

  private void refuse(DecodeError error) {
    end(error.answer(), Reasons.malformed(error));
  }

  /** Ends it from outside: an operator, a collision, the tunnel. */
  void end(@Nullable Notification answer, BgpReason why) {
    if (answer != null) {
      goodbye(answer);
    }
    go(new Step(new IdleState(), why));
  }

  /** A step is taken here and nowhere else. */
  private void go(@Nullable Step step) {
    if (step == null) {
      return;
    }
    BgpState before = state.name();
    long up = context.now() - since;
    state = step.next();
    reason = step.reason();
    since = context.now();
    if (state.name() == BgpState.IDLE) {
      hangUp();
      attempt = before == BgpState.ESTABLISHED && up >= Timing.STABLE ? 0 : attempt + 1;
      idleUntil = context.in(context.backoff(attempt - 1));
    }
    session.changed(this, before);
  }

  // --- what states do ---------------------------------------------------------------------------

  void dial() {
    connection = context.newConnection();
    dialled = true;
    waitingUntil = context.in(Timing.CONNECT);
    session.register(this);
    BgpPeer peer = peer();
    context.emit(new BgpAction.Dial(peer.name(), connection, peer.local(), peer.remote()));
  }

  void retryLater() {
    waitingUntil = context.in(context.backoff(attempt++));
  }

  void sendOpen() {
    framer = new Framer();
    codec = CodecContext.UNNEGOTIATED;
    open = null;
    saidGoodbye = false;
    openedAt = context.now();
    waitingUntil = context.in(Timing.OPEN);
    BgpPeer peer = peer();
    List<Capability> capabilities = new ArrayList<>();
    peer.families().stream().sorted().map(MultiProtocol::new).forEach(capabilities::add);
    capabilities.add(new Capability.RouteRefresh());
    capabilities.add(new Capability.EnhancedRouteRefresh());
    capabilities.add(new FourOctetAs(peer.localAs()));
    // Without families: we help others restart and do not ask to be helped (RFC 4724 section 3).
    capabilities.add(new GracefulRestart(false, 0, List.of(), Set.of()));
    int as = peer.localAs() > 0xffff ? AsPath.AS_TRANS : (int) peer.localAs();
    send(new Open(as, (int) peer.holdTime().toSeconds(), peer.identifier(), capabilities));
  }

  /** Whether there is a family both speak. */
  boolean agree(Open peers) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    peer().families().stream().filter(peers::speaks).forEach(families::add);
    open = peers;
    codec = new CodecContext(peers.has(FourOctetAs.class), peer().external(), families);
    holdSeconds = Math.min((int) peer().holdTime().toSeconds(), peers.holdTime());
    patienceSeconds =
        holdSeconds > 0 && peer().fixedTimers()
            ? Math.max(holdSeconds, peers.holdTime())
            : holdSeconds;
    return !families.isEmpty();
  }

  void sendKeepalive() {
    send(new Keepalive());
    keepaliveAt = holdSeconds == 0 ? BgpContext.NEVER : context.in(holdSeconds * Timing.SECOND / 3);
  }

  /** The peer lives. */
  void heard() {
    holdAt = patienceSeconds == 0 ? BgpContext.NEVER : context.in(patienceSeconds * Timing.SECOND);
  }

  long sessionDeadline() {
    return Math.min(holdAt, keepaliveAt);
  }

  @Nullable Step sessionTimer() {
    if (context.now() >= holdAt) {
      goodbye(Notification.of(Notification.HOLD_TIMER_EXPIRED, 0));
      saidGoodbye = false; // It did not hear: for graceful restart the connection is lost.
      return new Step(new IdleState(), Reasons.holdExpired(patienceSeconds));
    }
    if (context.now() >= keepaliveAt) {
      sendKeepalive();
    }
    return null;
  }

  void send(BgpMessage message) {
    if (connection != NONE) {
      context.emit(new BgpAction.Send(connection, BgpCodec.encode(message, codec)));
    }
  }

  /** The last message; the connection is closed behind it. */
  void goodbye(Notification notification) {
    saidGoodbye = true;
    send(notification);
    hangUp();
  }

  void peerSaidGoodbye() {
    saidGoodbye = true;
  }

  void hangUp() {
    if (connection != NONE) {
      session.unregister(connection);
      context.emit(new BgpAction.Close(connection));
      connection = NONE;
    }
  }

  void idleAtLeast(long nanos) {
    idleUntil = Math.max(idleUntil, context.in(nanos));
  }

  void wake() {
    idleUntil = context.now();
    attempt = 0;
  }

  // --- what others ask --------------------------------------------------------------------------

  long now() {
    return context.now();
  }

  PeerSession session() {
    return session;
  }

  BgpPeer peer() {
    return session.peer();
  }

  boolean dials() {
    return session.mayDial(this);
  }

  BgpState state() {
    return state.name();
  }

  BgpReason reason() {
    return reason;
  }

  long since() {
    return since;
  }

  long connection() {
    return connection;
  }

  boolean dialled() {
    return dialled;
  }

  long openedAt() {
    return openedAt;
  }

  long idleUntil() {
    return idleUntil;
  }

  long waitingUntil() {
    return waitingUntil;
  }

  int holdSeconds() {
    return holdSeconds;
  }

  CodecContext codec() {
    return codec;
  }

  /** The peer's, once there. */
  @Nullable Open open() {
    return open;
  }

  /** Whether one of the two ended it with words, so that graceful restart has no part in it. */
  boolean saidGoodbye() {
    return saidGoodbye;
  }
}
