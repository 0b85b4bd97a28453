package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.AwaitedSas;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.IkeDatagram;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.KnownIke;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.esp.ReplayWindow;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.Wire;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * WAN → LAN. Datagrams are received one run behind the other into one buffer; those of one SA wait
 * for one native call, and are delivered ({@link Delivery}) from where they were decrypted. IKE
 * goes to its queue.
 *
 * <p>Run by one loop, for all sockets of that loop; one of several hands packets of tunnels that
 * are not its own to their owner ({@link Exchange}). Allocates nothing per ESP packet.
 */
public final class Inbound {
  /** Largest UDP payload, or run of them. */
  private static final int MAX_RECEIVE = 65536;

  /** UDP_GRO_CNT_MAX: datagrams of one receive. */
  private static final int MAX_RUN = 64;

  /** Enough in the buffer to decrypt and deliver; see {@link Outbound}. */
  private static final int ENOUGH = 32 << 10;

  private static final int BUFFER = ENOUGH + MAX_RECEIVE;
  private static final int RECEIVES_PER_TURN = 64;
  private static final int BATCHES_PER_TURN = 8;

  /** A chain of certificates fits; together with the queue's bound it bounds the memory. */
  private static final int MAX_IKE = 16 << 10;

  private static final int NON_ESP_MARKER = 4;
  private static final int IKE_HEADER = 28;
  private static final int IKE_FLAGS = 19;
  private static final int IKE_INITIATOR = 0x08;

  private final Published published;
  private final LongSupplier clock;
  private final TrafficCounters total;
  private final IkeQueue ike;
  private final Exchange exchange;
  private final MemorySegment buffer = Arena.global().allocate(BUFFER, 64);
  private final DecapBatch batch = new DecapBatch(buffer);
  private final Delivery delivery;

  /** Written by the control thread. */
  private volatile KnownIke knownIke = KnownIke.NOBODY;

  /** Written by the control thread. */
  private volatile AwaitedSas awaited = AwaitedSas.NONE;

  private final EarlyEsp early = new EarlyEsp();

  /** Number of the last generation in which the SAs of what came early were looked for. */
  private long searchedFor;

  /** Nothing was received for want of room on a way to another loop. */
  private boolean waiting;

  /** Something was found that could not be handed to its owner yet. */
  private boolean foundMore;

  private Generation generation = Generation.EMPTY;
  private @Nullable InboundSa batchSa;
  private @Nullable PacketTap tap;
  private long peerHigh;
  private long peerLow;
  private int peerPort;
  private int position;
  private long now;

  /** The only loop there is. */
  public Inbound(
      Lan lan,
      Published published,
      boolean ecn,
      LongSupplier clock,
      TrafficCounters total,
      IkeQueue ike,
      ProbeBoard probes) {
    this(lan, published, ecn, clock, total, ike, probes, Exchange.ALONE);
  }

  /**
   * @param ecn congestion marks are carried inwards: RFC 6040
   * @param clock nanoseconds, monotonic
   * @param probes takes the answers to our probes
   */
  public Inbound(
      Lan lan,
      Published published,
      boolean ecn,
      LongSupplier clock,
      TrafficCounters total,
      IkeQueue ike,
      ProbeBoard probes,
      Exchange exchange) {
    this.exchange = exchange;
    this.published = published;
    this.clock = clock;
    this.total = total;
    this.ike = ike;
    delivery = new Delivery(lan, buffer, ecn, total, probes);
  }

  /** Whose IKE datagrams go first from now on. Control thread. */
  public void known(KnownIke known) {
    knownIke = known;
  }

  /** Whose ESP may come before its SA from now on. Control thread. */
  public void awaited(AwaitedSas next) {
    awaited = next;
  }

  /** Packets are copied there from now on; null: nowhere. On the loop. */
  public void tap(@Nullable PacketTap next) {
    tap = next;
    delivery.tap(next);
  }

  /** Takes up the latest generation. Called between turns, and once after each publish. */
  public void adopt() {
    generation = published.get();
    if (!early.isEmpty()) {
      now = clock.getAsLong();
      early.expire(now, total);
      if (searchedFor != generation.number() || foundMore) {
        searchedFor = generation.number();
        takeEarly();
      }
    }
  }

  /** What came before its SA takes the usual way once that is there. The buffer is empty. */
  private void takeEarly() {
    foundMore = false;
    for (int i = 0; i < early.size(); i++) {
      HeldPackets held = early.get(i);
      InboundSa sa = generation.inbound().find(held.spi());
      while (sa != null && !held.isEmpty()) {
        int length = held.length();
        int tos = held.tos();
        if (!exchange.owns(sa.tunnel()) && !exchange.to(sa.tunnel()).hasRoom(length)) {
          exchange.to(sa.tunnel()).wake();
          foundMore = true;
          break;
        }
        sender(held.peerHigh(), held.peerLow(), held.peerPort());
        early.take(held, buffer, position);
        esp(sa, position, length, tos);
        position += length;
        if (position >= ENOUGH) {
          flush();
        }
      }
    }
    flush();
    early.tidy();
  }

  /** What is to be done when another loop has handed something over, or has made room. */
  public Duty handedOver() {
    return this::takeOver;
  }

  private boolean takeOver() {
    adopt();
    now = clock.getAsLong();
    boolean more = waiting; // then there is room by now, and each socket gets its turn
    waiting = false;
    for (int loop = 0; loop < exchange.loops(); loop++) {
      HandOff from = exchange.from(loop);
      if (from != null) {
        more |= takeOver(from);
      }
    }
    return more;
  }

  private boolean takeOver(HandOff from) {
    int batches = 0;
    while (batches < BATCHES_PER_TURN && from.next()) {
      int length = from.length();
      InboundSa sa = generation.inbound().find(from.key());
      if (sa == null) {
        sa = findInLatest(from.key());
      }
      if (sa == null || !exchange.owns(sa.tunnel())) { // it went on the way
        total.dropped(DropReason.UNKNOWN_SPI, 1);
        continue;
      }
      MemorySegment.copy(from.packets(), from.position(), buffer, position, length);
      sender(from.peerHigh(), from.peerLow(), from.peerPort());
      esp(sa, position, length, from.tos());
      position += length;
      if (position >= ENOUGH) {
        flush();
        from.release();
        batches++;
      }
    }
    flush();
    from.release();
    return batches == BATCHES_PER_TURN;
  }

  /** What is to be done when that socket is readable. */
  public Duty from(Wan wan) {
    return () -> turn(wan);
  }

  boolean turn(Wan wan) {
    adopt();
    now = clock.getAsLong();
    int batches = 0;
    for (int i = 0; i < RECEIVES_PER_TURN && batches < BATCHES_PER_TURN; i++) {
      if (!exchange.hasRoom(MAX_RUN, MAX_RECEIVE)) {
        flush();
        waiting = true;
        return false;
      }
      int n = wan.receive(buffer, position, MAX_RECEIVE);
      if (n == -Errno.EAGAIN) {
        flush();
        return false;
      }
      if (n < 0) {
        continue; // EINTR, or the fate of an earlier send (ICMP), which ends with telling it
      }
      take(wan, n);
      position += n;
      if (position >= ENOUGH) {
        flush();
        batches++;
      }
    }
    flush();
    return true;
  }

  private void flush() {
    flushBatch();
    delivery.flush();
    position = 0;
  }

  /** One receive: a run of datagrams of one sender. */
  private void take(Wan wan, int length) {
    long at = position;
    long end = position + length;
    int size = Math.max(1, wan.segmentSize());
    if (at >= end) {
      total.dropped(DropReason.DATAGRAM_TOO_SHORT, 1);
      return;
    }
    sender(wan.peerHigh(), wan.peerLow(), wan.peerPort());
    for (; at < end; at += size) {
      datagram(wan, at, (int) Math.min(size, end - at));
    }
  }

  /** Whom the next packets are of: a batch has one sender. */
  private void sender(long high, long low, int port) {
    if (peerLow != low || peerPort != port || peerHigh != high) {
      flushBatch();
      peerHigh = high;
      peerLow = low;
      peerPort = port;
    }
  }

  private void datagram(Wan wan, long at, int length) {
    if (wan.kind() == Wan.Kind.IKE) {
      ike(wan, at, length);
      return;
    }
    if (length < EspTransform.ESP_HEADER_LENGTH) {
      boolean keepalive = length == 1 && Wire.u8(buffer, at) == 0xFF;
      total.dropped(keepalive ? DropReason.NAT_KEEPALIVE : DropReason.DATAGRAM_TOO_SHORT, 1);
      return;
    }
    int spi = Wire.u32(buffer, at);
    if (spi == 0 && wan.kind() == Wan.Kind.ESP_IN_UDP) {
      ike(wan, at + NON_ESP_MARKER, length - NON_ESP_MARKER);
      return;
    }
    InboundSa sa = generation.inbound().find(spi);
    if (sa == null) {
      sa = findInLatest(spi);
    }
    PacketTap copyTo = tap;
    if (copyTo != null) {
      copyTo.received(
          generation.tunnels(),
          sa == null ? -1 : sa.tunnel(),
          wan.localAddress(),
          wan.kind() == Wan.Kind.ESP_IN_UDP,
          wan.peerHigh(),
          wan.peerLow(),
          wan.peerPort(),
          wan.tos(),
          buffer,
          at,
          length,
          now);
    }
    if (sa != null) {
      esp(sa, at, length, wan.tos());
    } else if (!awaited.cameFrom(spi, peerHigh, peerLow, now)) {
      total.dropped(DropReason.UNKNOWN_SPI, 1);
    } else if (!early.hold(spi, buffer, at, length, peerHigh, peerLow, peerPort, wan.tos(), now)) {
      total.dropped(DropReason.EARLY_ESP, 1);
    }
  }

  /**
   * An SA may have been published during this very turn, and its peer told: what the peer sends on
   * it must not be lost.
   */
  private @Nullable InboundSa findInLatest(int spi) {
    if (published.get() == generation) {
      return null;
    }
    flushBatch();
    generation = published.get();
    return generation.inbound().find(spi);
  }

  private void esp(InboundSa sa, long at, int length, int tos) {
    if (!exchange.owns(sa.tunnel())) {
      boolean taken =
          exchange
              .to(sa.tunnel())
              .offer(sa.spi(), buffer, at, length, tos, peerHigh, peerLow, peerPort);
      if (!taken) {
        total.dropped(DropReason.HAND_OFF_FULL, 1);
      }
      return;
    }
    if (sa != batchSa || batch.isFull()) {
      flushBatch();
      batchSa = sa;
    }
    ReplayWindow window = sa.window();
    long sequence = window.infer(Wire.u32(buffer, at + 4));
    int verdict = window.check(sequence);
    if (verdict != ReplayWindow.OK) {
      delivery.drop(generation, sa, Delivery.replayReason(verdict));
      return;
    }
    batch.add(at, length, sequence, tos);
  }

  private void flushBatch() {
    InboundSa sa = batchSa;
    if (sa == null) {
      return;
    }
    batchSa = null;
    if (batch.entries() == 0) {
      return;
    }
    batch.decapsulate(sa.decryptor());
    delivery.deliver(generation, sa, batch, now);
    batch.clear();
    sa.received(sa.window().highest(), peerHigh, peerLow, peerPort);
  }

  private void ike(Wan wan, long at, int length) {
    if (length > MAX_IKE) {
      total.dropped(DropReason.IKE_TOO_LONG, 1);
      return;
    }
    IkeQueue.Lane lane = lane(wan, at, length);
    if (!ike.hasRoom(lane)) {
      total.dropped(DropReason.IKE_QUEUE_FULL, 1);
      return;
    }
    byte[] message = buffer.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    if (!ike.offer(lane, new IkeDatagram(wan.local(), wan.peer(), message, now))) {
      total.dropped(DropReason.IKE_QUEUE_FULL, 1);
    }
  }

  /** By RFC 7296 section 3.1: SPIs of initiator and responder, then flags, of which 0x08 is I. */
  private IkeQueue.Lane lane(Wan wan, long at, int length) {
    KnownIke known = knownIke;
    if (length >= IKE_HEADER) {
      boolean fromInitiator = (Wire.u8(buffer, at + IKE_FLAGS) & IKE_INITIATOR) != 0;
      if (known.spi(Wire.u64(buffer, at + (fromInitiator ? Long.BYTES : 0)))) {
        return IkeQueue.Lane.ESTABLISHED;
      }
    }
    return known.address(wan.peerHigh(), wan.peerLow())
        ? IkeQueue.Lane.PEER
        : IkeQueue.Lane.STRANGER;
  }
}
