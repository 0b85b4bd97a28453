package dev.twinspan.agent.capture;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.agent.ike.IkeAction.IkeKeyed;
import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.datapath.capture.CaptureRing;
import dev.twinspan.datapath.capture.CaptureRing.Ends;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import dev.twinspan.datapath.capture.PacketTap;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One running capture. Its memory is its rings; what finds no room there is counted and not
 * captured.
 *
 * <pre>
 *  twinspan-in ──ring──┐
 *  twinspan-out ─ring──┼──► {@link #drain}, thread "status" ──pcapng──► client
 *  control loop ─ring, keys┘
 * </pre>
 */
public final class Capture {
  /** Secrets in the stream, for the client alone: it keeps them out of the capture file. */
  public static final int IKE_KEYS = 0x54774b49; // "TwKI"

  public static final int ESP_KEYS = 0x54774b45; // "TwKE"

  /** A chunk of output is no smaller: the largest packet fits. */
  public static final int CHUNK = 256 << 10;

  private static final int DATA_RING = 4 << 20;
  private static final int IKE_RING = 512 << 10;
  private static final int MOST_KEYS = 256;
  private static final long SECOND = 1_000_000_000L;
  private static final int UNMARKED_PORT = 500;

  private record Secrets(int type, byte[] line) {}

  private final CaptureRequest request;
  private final CaptureRing ikeRing = new CaptureRing(IKE_RING);
  private final List<CaptureRing> rings = new ArrayList<>();
  private final PacketTap ikeTap;
  private final @Nullable PacketTap receivedTap;
  private final @Nullable PacketTap sentTap;
  private final ArrayBlockingQueue<Secrets> keys = new ArrayBlockingQueue<>(MOST_KEYS);
  private final long wallMinusMonotonic;
  private final long endsAt;
  private volatile @Nullable String ended;

  // Of the consumer.
  private final OuterHeader outer = new OuterHeader();
  private final Ends ends = new Ends();
  private final AtomicLongArray kept = new AtomicLongArray(Kind.values().length);
  private boolean begun;
  private boolean finished;
  private long nextStatistics;

  /**
   * @param tunnel id, or {@link PacketTap#ALL}
   */
  public Capture(CaptureRequest request, int tunnel) {
    this.request = request;
    long now = System.nanoTime();
    Instant wall = Instant.now();
    wallMinusMonotonic = wall.getEpochSecond() * SECOND + wall.getNano() - now;
    endsAt = now + request.seconds() * SECOND;
    ikeTap = new PacketTap(ikeRing, tunnel, false, false, request.snap());
    rings.add(ikeRing);
    boolean data = request.esp() || request.inner();
    receivedTap = data ? tap(tunnel) : null;
    sentTap = data ? tap(tunnel) : null;
  }

  private PacketTap tap(int tunnel) {
    CaptureRing ring = new CaptureRing(DATA_RING);
    rings.add(ring);
    return new PacketTap(ring, tunnel, request.esp(), request.inner(), request.snap());
  }

  public CaptureRequest request() {
    return request;
  }

  /** For the worker of WAN → LAN; null: nothing of it is wanted. */
  public @Nullable PacketTap receivedTap() {
    return receivedTap;
  }

  /** For the worker of LAN → WAN. */
  public @Nullable PacketTap sentTap() {
    return sentTap;
  }

  /** Ends it; the first reason stays. Any thread. */
  public void end(String why) {
    if (ended == null) {
      ended = why;
    }
  }

  /** Why it has ended; null: it runs. Any thread. */
  public @Nullable String ended() {
    return ended;
  }

  /** Packets handed on so far. Any thread. */
  public long kept() {
    long sum = 0;
    for (int i = 0; i < kept.length(); i++) {
      sum += kept.get(i);
    }
    return sum;
  }

  public long dropped() {
    long sum = 0;
    for (Kind kind : Kind.values()) {
      sum += dropped(kind);
    }
    return sum;
  }

  private long dropped(Kind kind) {
    return rings.stream().mapToLong(ring -> ring.dropped(kind)).sum();
  }

  // --- the control loop -------------------------------------------------------------------------

  /**
   * @param tunnel -1: nobody's
   */
  public void ike(
      boolean outbound,
      int tunnel,
      InetSocketAddress source,
      InetSocketAddress destination,
      byte[] message,
      long nanos) {
    ikeTap.ike(outbound, tunnel, source, destination, message, nanos);
  }

  public void keys(IkeKeyed keyed) {
    offer(new Secrets(IKE_KEYS, WiresharkKeys.ike(keyed)));
  }

  public void keys(InstallChild child) {
    if (request.esp()) {
      offer(new Secrets(ESP_KEYS, WiresharkKeys.esp(child)));
    }
  }

  private void offer(Secrets secrets) {
    if (ended != null || !keys.offer(secrets)) {
      zero(secrets);
    }
  }

  /** Zeroes what nobody fetched; to be called when it has ended and no more keys come. */
  public void forgetKeys() {
    for (Secrets left = keys.poll(); left != null; left = keys.poll()) {
      zero(left);
    }
  }

  private static void zero(Secrets secrets) {
    Arrays.fill(secrets.line(), (byte) 0);
  }

  // --- the consumer -----------------------------------------------------------------------------

  /** Whether everything was drained that ever will be. */
  public boolean isFinished() {
    return finished;
  }

  /**
   * Puts the next blocks into a buffer of {@link #CHUNK} bytes.
   *
   * @return whether there may be more at once
   */
  public boolean drain(ByteBuffer to) {
    PcapngWriter out = new PcapngWriter(to);
    long now = System.nanoTime();
    if (!begun) {
      begin(out, now);
    }
    if (now - endsAt >= 0) {
      end("its time is over");
    }
    boolean last = ended != null;
    drainKeys(out, to);
    CaptureRing next = oldest();
    while (next != null && kept() < request.packets() && fits(to, next)) {
      put(out, next);
      next.next();
      next = oldest();
    }
    boolean full = next != null && kept() < request.packets();
    if (kept() >= request.packets()) {
      end("it has its packets");
      last = true;
    }
    if (now - nextStatistics >= 0 || last && !full) {
      statistics(out, now);
      nextStatistics = now + SECOND;
    }
    finished |= last && !full;
    return full;
  }

  private boolean fits(ByteBuffer to, CaptureRing next) {
    int needed = next.kept() + OuterHeader.MAX + PcapngWriter.PACKET_OVERHEAD;
    return to.remaining() >= needed + 3 * PcapngWriter.STATISTICS_LENGTH;
  }

  private @Nullable CaptureRing oldest() {
    CaptureRing oldest = null;
    for (CaptureRing ring : rings) {
      if (ring.hasNext() && (oldest == null || ring.nanos() - oldest.nanos() < 0)) {
        oldest = ring;
      }
    }
    return oldest;
  }

  private void begin(PcapngWriter out, long now) {
    begun = true;
    nextStatistics = now + SECOND;
    out.section("twinspan " + BuildInfo.load().version());
    String headers = "; IP and UDP headers are made up from the addresses and ports";
    out.interfaceDescription("ike", "IKE messages" + headers, 0);
    out.interfaceDescription("esp", "ESP packets" + headers, 0);
    String of = request.tunnel() == null ? "all tunnels" : "tunnel " + request.tunnel();
    out.interfaceDescription("inner", "IP packets inside " + of, 0);
  }

  private void drainKeys(PcapngWriter out, ByteBuffer to) {
    Secrets next = null;
    while (to.remaining() > 3 * CHUNK / 4 && (next = keys.poll()) != null) {
      out.secrets(next.type(), next.line());
      zero(next);
    }
  }

  private void put(PcapngWriter out, CaptureRing ring) {
    Kind kind = ring.kind();
    kept.incrementAndGet(kind.ordinal());
    ring.ends(ends);
    ByteBuffer packet = ring.packet();
    int here = ring.outbound() ? ends.sourcePort : ends.destinationPort;
    boolean marker = kind == Kind.IKE && here != UNMARKED_PORT;
    ByteBuffer header =
        kind == Kind.INNER ? ByteBuffer.allocate(0) : outer.of(ends, marker, ring.length(), packet);
    out.packet(
        kind.ordinal(),
        wallMinusMonotonic + ring.nanos(),
        ring.outbound(),
        header,
        packet,
        ring.length());
  }

  private void statistics(PcapngWriter out, long now) {
    for (Kind kind : Kind.values()) {
      long dropped = dropped(kind);
      int of = kind.ordinal();
      out.statistics(of, wallMinusMonotonic + now, kept.get(of) + dropped, dropped);
    }
  }
}
