package dev.twinspan.datapath;

import dev.twinspan.datapath.esp.ReplayWindow;
import dev.twinspan.datapath.esp.SelectorTable;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspDecryptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The receiving direction of one CHILD SA. The control thread opens it, puts it into snapshots and
 * takes it out again; from the first snapshot to the last it belongs to the worker of WAN → LAN,
 * which closes it after the snapshot without it is taken up.
 */
public final class InboundSa {
  /** RFC 4303 asks for 32 at least; super-packets and two cores reorder by hundreds. */
  public static final int DEFAULT_REPLAY_WINDOW = 4096;

  private record Source(long high, long low, int port) {}

  private final SaParameters parameters;
  private final EspDecryptor decryptor;
  private final ReplayWindow window;
  private final SelectorTable local;
  private final SelectorTable remote;
  private final TrafficCounters counters = new TrafficCounters();
  private volatile long highest;
  private volatile boolean softReached;
  private volatile @Nullable Source source;
  private long missingCounted;
  private SaLife life = SaLife.NEW;

  private InboundSa(
      SaParameters parameters, EspDecryptor decryptor, ReplayWindow window, long highest) {
    this.parameters = parameters;
    this.decryptor = decryptor;
    this.window = window;
    this.highest = highest;
    local = new SelectorTable(parameters.local());
    remote = new SelectorTable(parameters.remote());
  }

  /**
   * @param keyMaterial of this direction; copied, the caller zeroes its own
   * @param replayWindow sequence numbers, a multiple of 64
   */
  public static InboundSa open(
      EspBackend backend, SaParameters parameters, byte[] keyMaterial, int replayWindow) {
    return open(backend, parameters, keyMaterial, replayWindow, 0);
  }

  /** For tests: an SA that has already received up to {@code highest}. */
  static InboundSa open(
      EspBackend backend,
      SaParameters parameters,
      byte[] keyMaterial,
      int replayWindow,
      long highest) {
    ReplayWindow window = new ReplayWindow(replayWindow, parameters.esn(), highest);
    EspDecryptor decryptor =
        backend.decryptor(parameters.transform(), parameters.spi(), keyMaterial, parameters.esn());
    return new InboundSa(parameters, decryptor, window, highest);
  }

  public int spi() {
    return parameters.spi();
  }

  public int tunnel() {
    return parameters.tunnel();
  }

  public SaParameters parameters() {
    return parameters;
  }

  public TrafficCounters counters() {
    return counters;
  }

  /** Highest sequence number authenticated so far. Any thread. */
  public long highestSequence() {
    return highest;
  }

  /** Whether a soft limit was reached: it wants replacing. Any thread. */
  public boolean softReached() {
    return softReached;
  }

  /**
   * Where the packet with the highest sequence number came from; null before the first. When it is
   * not the tunnel's remote address the peer's NAT mapping moved (RFC 7296 section 2.23). Port 0
   * for protocol 50. Any thread.
   */
  public @Nullable InetSocketAddress lastSource() {
    Source s = source;
    return s == null ? null : address(s);
  }

  /**
   * Frees the keys of an SA that never was in a snapshot. Control thread.
   *
   * @throws IllegalStateException when it was: then leave it out of the next one
   */
  public void discard() {
    if (life == SaLife.PUBLISHED) {
      throw new IllegalStateException("SA " + this + " is in use: publish a snapshot without it");
    }
    if (life == SaLife.NEW) {
      life = SaLife.RETIRED;
      decryptor.close();
    }
  }

  /** Worker only. */
  public EspDecryptor decryptor() {
    return decryptor;
  }

  /** Worker only. */
  public ReplayWindow window() {
    return window;
  }

  /** Selectors of our side: the destination of what is received. */
  public SelectorTable localSelectors() {
    return local;
  }

  /** Selectors of the peer's side: the source of what is received. */
  public SelectorTable remoteSelectors() {
    return remote;
  }

  /**
   * Worker only: sequence numbers found missing since this was asked last; negative when some came
   * late.
   */
  public long newlyMissing() {
    long all = window.missing();
    long more = all - missingCounted;
    missingCounted = all;
    return more;
  }

  /**
   * Worker only, once a batch: what the window reached, and who sent its newest packet. Allocates
   * only when the peer moved, which takes its keys.
   */
  public void received(long highestSequence, long high, long low, int port) {
    SaLimits limits = parameters.limits();
    if (!softReached
        && (counters.bytes() >= limits.softBytes() || highestSequence >= limits.softPackets())) {
      softReached = true;
      limits.reached().run();
    }
    if (highestSequence == highest) {
      return;
    }
    highest = highestSequence;
    Source s = source;
    if (s == null || s.low != low || s.port != port || s.high != high) {
      source = new Source(high, low, port);
    }
  }

  SaLife life() {
    return life;
  }

  void life(SaLife next) {
    life = next;
  }

  /** Worker only, after the snapshot without it was taken up. */
  void close() {
    decryptor.close();
  }

  private static InetSocketAddress address(Source s) {
    byte[] bytes = ByteBuffer.allocate(16).putLong(s.high).putLong(s.low).array();
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), s.port);
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }

  @Override
  public String toString() {
    return "in " + parameters;
  }
}
