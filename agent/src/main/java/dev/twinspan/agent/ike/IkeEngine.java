package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All IKE SAs of this box: a sans-I/O core (no socket, clock, thread, log; randomness comes through
 * {@link IkeCrypto}). Time is nanoseconds on any monotonic clock. Owned by the control loop.
 *
 * <p>Every method returns what is to be done, in order.
 */
public final class IkeEngine {
  private final IkeContext context;
  private final SaInitResponder responder;
  private final Strays strays;
  private final Containment faults;
  private Map<String, PeerSession> peers = new LinkedHashMap<>();
  private boolean shutDown;

  /** With the system's date. */
  public IkeEngine(IkeCrypto crypto) {
    this(crypto, InstantSource.system());
  }

  /**
   * @param wallClock asked for the date when a certificate is to be checked, and for nothing else
   */
  public IkeEngine(IkeCrypto crypto, InstantSource wallClock) {
    this(new IkeContext(crypto, RekeyCollision::weYield, wallClock));
  }

  IkeEngine(IkeCrypto crypto, RekeyCollision.Rule collisions) {
    this(new IkeContext(crypto, collisions, InstantSource.system()));
  }

  private IkeEngine(IkeContext context) {
    this.context = context;
    this.responder = new SaInitResponder(context);
    this.strays = new Strays(context);
    this.faults = new Containment(context);
  }

  /**
   * Makes these the configured peers: new ones start, gone ones are deleted, changed ones restart,
   * equal ones are left alone.
   */
  public List<IkeAction> configure(long now, List<IkePeer> wanted) {
    context.begin(now);
    Map<String, PeerSession> next = new LinkedHashMap<>();
    for (IkePeer config : wanted) {
      PeerSession before = peers.remove(config.name());
      if (before != null && before.config().equals(config)) {
        before.refresh(config);
        next.put(config.name(), before);
      } else {
        if (before != null) {
          before.remove(Reasons.reconfigured());
        }
        IkeReason why = before == null ? null : Reasons.reconfigured();
        PeerSession session = new PeerSession(context, config, why);
        if (before != null && before.isPaused()) {
          session.pause(Reasons.drained());
        }
        next.put(config.name(), session);
      }
    }
    peers.values().forEach(gone -> gone.remove(Reasons.removed()));
    peers = next;
    context.messages().retain(Set.copyOf(peers.keySet()));
    return advance();
  }

  /**
   * A datagram came, without the non-ESP marker. Hostile until proven otherwise.
   *
   * @param local the address and port it came to: the address itself, not the wildcard, where the
   *     kernel tells (IP_PKTINFO), since NAT detection compares it with what the peer sees
   */
  public List<IkeAction> receive(
      long now, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    context.begin(now);
    if (shutDown) {
      context.drop(Drop.SHUT_DOWN);
    } else if (datagram.length == 1) {
      context.drop(Drop.KEEPALIVE);
    } else {
      switch (IkeCodec.header(datagram)) {
        case DecodeResult.Failed<IkeHeader>(DecodeError error) -> {
          context.drop(Drop.MALFORMED);
          if (error instanceof DecodeError.UnsupportedVersion(int version) && version > 2) {
            strays.newerVersion(local, remote, datagram);
          }
        }
        case DecodeResult.Decoded<IkeHeader>(IkeHeader header) ->
            contained(header, local, remote, datagram);
      }
    }
    return context.take();
  }

  /** A fault met on the way costs the IKE SA concerned, not the box. */
  private void contained(
      IkeHeader header, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    try {
      if (header.exchange() == ExchangeType.IKE_SA_INIT) {
        initial(header, local, remote, datagram);
      } else {
        protectedMessage(header, local, remote, datagram);
      }
    } catch (RuntimeException e) {
      faults.contain(context.sa(ourSpi(header)), e);
    }
  }

  private static long ourSpi(IkeHeader header) {
    return header.fromInitiator() ? header.responderSpi() : header.initiatorSpi();
  }

  private void initial(
      IkeHeader header, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    boolean request =
        !header.response()
            && header.fromInitiator()
            && header.responderSpi() == 0
            && header.initiatorSpi() != 0
            && header.messageId() == 0;
    boolean response = header.response() && !header.fromInitiator() && header.messageId() == 0;
    if (!request && !response) {
      context.drop(Drop.HEADER_MISMATCH);
      return;
    }
    if (request) {
      responder.receive(header, local, remote, datagram, peers.values());
      return;
    }
    IkeSa ours = context.sa(header.initiatorSpi());
    if (ours == null) {
      context.drop(Drop.UNKNOWN_SPI);
      return;
    }
    switch (IkeCodec.decode(datagram)) {
      case DecodeResult.Failed<IkeMessage> _ -> context.drop(Drop.MALFORMED);
      case DecodeResult.Decoded<IkeMessage>(IkeMessage message) -> {
        ours.initResponse(message, local, remote, datagram);
        settle(ours);
      }
    }
  }

  private void protectedMessage(
      IkeHeader header, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    IkeSa sa = context.sa(ourSpi(header));
    if (sa == null) {
      stray(header, local, remote, datagram);
      return;
    }
    sa.receive(header, local, remote, datagram);
    settle(sa);
  }

  /** It names no IKE SA of ours: a hint about one, or the question of one who has outlived it. */
  private void stray(
      IkeHeader header, InetSocketAddress local, InetSocketAddress remote, byte[] datagram) {
    Integer lost = header.responderSpi() == 0 ? Strays.unknownChildSpi(header, datagram) : null;
    IkeSa doubted = lost == null ? null : context.sendingTo(remote.getAddress(), lost);
    if (doubted != null) {
      context.drop(Drop.HINT_TAKEN);
      doubted.agenda().doubt();
      settle(doubted);
      return;
    }
    context.drop(Drop.UNKNOWN_SPI);
    if (header.responderSpi() != 0) {
      strays.unknownSpi(local, remote, datagram);
    }
  }

  /** The window may be free now, or another IKE SA of the same peer concerned. */
  private void settle(IkeSa sa) {
    PeerSession peer = sa.peerOrNull();
    if (peer != null) {
      sa.tick();
      peer.tick();
    }
  }

  /** Time has passed: retransmit, rekey, check liveness, try again. */
  public List<IkeAction> tick(long now) {
    context.begin(now);
    return advance();
  }

  private List<IkeAction> advance() {
    if (!shutDown) {
      for (IkeSa sa : context.sas()) {
        tick(sa);
      }
      List.copyOf(peers.values()).forEach(this::tick);
      responder.purge();
    }
    return context.take();
  }

  private void tick(IkeSa sa) {
    try {
      sa.tick();
    } catch (RuntimeException e) {
      faults.contain(sa, e);
    }
  }

  private void tick(PeerSession peer) {
    try {
      peer.tick();
    } catch (RuntimeException e) {
      faults.contain(peer, e);
    }
  }

  /** What SPIs the CHILD SAs from now on get. */
  public void spread(SpiSpread spread) {
    context.spread(spread);
  }

  /** When {@link #tick} is due next; {@link Long#MAX_VALUE} for never. */
  public long nextDeadline() {
    long due = IkeContext.NEVER;
    if (shutDown) {
      return due;
    }
    for (IkeSa sa : context.sas()) {
      due = Math.min(due, sa.deadline());
    }
    for (PeerSession peer : peers.values()) {
      due = Math.min(due, peer.deadline());
    }
    return due;
  }

  /** Inbound ESP was seen for this peer at that time: proof of life. */
  public void aliveAt(String peer, long when) {
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.aliveAt(when);
    }
  }

  /** ESP was sent to this peer at that time: a NAT on the way needs no keepalive for a while. */
  public void sentAt(String peer, long when) {
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.sentAt(when);
    }
  }

  /**
   * The newest authentic ESP packet of this CHILD SA came from there: where a peer behind a NAT is
   * now (RFC 7296 section 2.23).
   */
  public List<IkeAction> espFrom(long now, int inboundSpi, InetSocketAddress from) {
    context.begin(now);
    ChildSa child = context.child(inboundSpi);
    if (child != null) {
      child.ikeSa().espFrom(from);
    }
    return context.take();
  }

  /**
   * What is sent to this peer remains without an answer: a liveness check at once on the IKE SA
   * that is sent on or, when a request is under way there, that request again. Behind a NAT it also
   * tells the peer our new mapping.
   */
  public List<IkeAction> ask(long now, String peer) {
    context.begin(now);
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.ask();
    }
    return context.take();
  }

  /**
   * The peer is silent on what stands: an IKE SA is tried beside it, since the address may have
   * another owner, without state. To be asked for as often as one likes.
   */
  public List<IkeAction> openBeside(long now, String peer) {
    context.begin(now);
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.openBeside();
    }
    return context.take();
  }

  /**
   * When the peer last answered a request of ours on the IKE SA that is sent on, whichever request
   * it was; 0: never.
   */
  public long answeredAt(String peer) {
    PeerSession session = peers.get(peer);
    ChildSa current = session == null ? null : session.outbound();
    return current == null ? 0 : current.ikeSa().answeredAt();
  }

  /** The CHILD SA has carried so many bytes or packets that it wants replacing. */
  public List<IkeAction> childExhausted(long now, int inboundSpi) {
    context.begin(now);
    ChildSa child = context.child(inboundSpi);
    if (child != null && child.phase() == ChildSa.Phase.INSTALLED && child.rekeyAt() > now) {
      child.rekeyAt(now);
      child.ikeSa().tick();
    }
    return context.take();
  }

  /** The first ESP packet came on this inbound SA: the peer has both halves of the pair. */
  public List<IkeAction> childHeard(long now, int inboundSpi) {
    context.begin(now);
    ChildSa child = context.child(inboundSpi);
    if (child != null) {
      child.ikeSa().children().peerHas(child);
      child.ikeSa().tick();
    }
    return advance();
  }

  /**
   * ESP came, from its peer's address, for an SPI of {@link #awaited}: the answer that makes the
   * CHILD SA is lost or late. Whoever says so is not proven, so that it costs a few repetitions of
   * the request at most. To be told as often as one likes.
   */
  public List<IkeAction> peerIsAhead(long now, int proposedSpi) {
    context.begin(now);
    IkeSa sa = context.proposing(proposedSpi);
    Outstanding request = sa == null ? null : sa.channel().outstanding();
    if (sa != null && request != null) {
      request.peerIsAhead();
      tick(sa);
    }
    return context.take();
  }

  /** {@code tunnel rekey}: replaces the CHILD SA, or the IKE SA. */
  public List<IkeAction> rekey(long now, String peer, boolean ikeSa) {
    context.begin(now);
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.rekey(ikeSa);
    }
    return context.take();
  }

  /** {@code tunnel reset}: deletes and starts over. */
  public List<IkeAction> reset(long now, String peer) {
    context.begin(now);
    PeerSession before = peers.get(peer);
    if (before != null) {
      before.remove(Reasons.reset());
      peers.put(peer, new PeerSession(context, before.config(), Reasons.reset()));
    }
    return advance();
  }

  /**
   * {@code tunnel drain}: deletes and does not open again. What still comes in is received until
   * the peer has answered; it may open an IKE SA itself.
   */
  public List<IkeAction> pause(long now, String peer) {
    context.begin(now);
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.pause(Reasons.drained());
    }
    return advance();
  }

  /** {@code tunnel undrain}: opens again. */
  public List<IkeAction> resume(long now, String peer) {
    context.begin(now);
    PeerSession session = peers.get(peer);
    if (session != null) {
      session.resume(Reasons.undrained());
    }
    return advance();
  }

  /** Deletes every SA; the box goes down. DELETEs are sent once and not waited for. */
  public List<IkeAction> shutdown(long now) {
    context.begin(now);
    peers.values().forEach(peer -> peer.shutDown(Reasons.shutDown()));
    context.sas().forEach(IkeSa::discard);
    shutDown = true;
    return context.take();
  }

  /** Changes whenever {@link #localSpis} does. */
  public long spiGeneration() {
    return context.spiGeneration();
  }

  /** Our SPIs of all IKE SAs, half-open ones included: what names one of these is no stranger's. */
  public Set<Long> localSpis() {
    return context.spis();
  }

  /**
   * The CHILD SAs which only the peer may have yet, by the SPI we receive with: the peer's address.
   * The same object as long as nothing changes.
   */
  public Map<Integer, InetAddress> awaited() {
    return context.awaited();
  }

  /** For tests that look behind the view. */
  IkeContext context() {
    return context;
  }

  /** Half-open IKE SAs. */
  int halfOpen() {
    return responder.size();
  }

  /** From now on messages are kept for {@link #trace}. */
  public void keepMessages() {
    context.messages().keep();
  }

  /**
   * From now on every IKE SA of these peers tells its keys by {@link IkeAction.IkeKeyed}, first
   * those that are there; of nobody else any more. For whoever was allowed to read along.
   */
  public List<IkeAction> tellKeys(Set<String> names) {
    context.keysTold(names);
    context.sas().forEach(IkeSa::tellKeys);
    return context.take();
  }

  /** The latest messages of that peer, oldest first, in words and without secrets. */
  public List<IkeTrace> trace(String peer) {
    return context.messages().of(peer);
  }

  public List<IkeView> view() {
    return peers.values().stream().map(PeerSession::view).toList();
  }

  /** Bytes of fragments held for peers that have not proven themselves. */
  long fragmentBytes() {
    return context.fragmentMemory().held();
  }

  /** Counted and dropped datagrams by reason, for status and metrics. */
  public Map<String, Long> drops() {
    return context.drops();
  }
}
