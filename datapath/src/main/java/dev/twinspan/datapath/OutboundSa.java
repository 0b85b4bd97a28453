package dev.twinspan.datapath;

import dev.twinspan.datapath.esp.SelectorTable;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspEncryptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The sending direction of one CHILD SA. The control thread opens it, puts it into snapshots and
 * takes it out again; from the first snapshot to the last it belongs to the worker of LAN → WAN,
 * which closes it after the snapshot without it is taken up.
 */
public final class OutboundSa {
  /** Last sequence number without ESN: it must not wrap (RFC 4303 section 3.3.3). */
  public static final long LAST_SEQUENCE = 0xFFFF_FFFFL;

  /** What {@link #take} returns when there are no more sequence numbers. */
  public static final long NO_SEQUENCE = -1;

  /** What {@link #take} returns at the hard limit of bytes. */
  public static final long NO_BYTES = -2;

  private static final VarHandle USED;

  static {
    try {
      USED = MethodHandles.lookup().findVarHandle(OutboundSa.class, "used", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SaParameters parameters;
  private final EspEncryptor encryptor;
  private final SelectorTable local;
  private final SelectorTable remote;
  private final TrafficCounters counters = new TrafficCounters();
  private final long lastSequence;
  private final SaLimits limits;
  private long used;
  private long bytesUsed;
  private volatile boolean softReached;
  private SaLife life = SaLife.NEW;

  private OutboundSa(SaParameters parameters, EspEncryptor encryptor, long used) {
    this.parameters = parameters;
    this.encryptor = encryptor;
    this.used = used;
    limits = parameters.limits();
    lastSequence = parameters.esn() ? Long.MAX_VALUE : LAST_SEQUENCE;
    local = new SelectorTable(parameters.local());
    remote = new SelectorTable(parameters.remote());
  }

  /**
   * @param keyMaterial of this direction; copied, the caller zeroes its own
   */
  public static OutboundSa open(EspBackend backend, SaParameters parameters, byte[] keyMaterial) {
    return open(backend, parameters, keyMaterial, 0);
  }

  /** For tests: an SA that has already used its sequence numbers up to {@code used}. */
  static OutboundSa open(
      EspBackend backend, SaParameters parameters, byte[] keyMaterial, long used) {
    EspEncryptor encryptor =
        backend.encryptor(parameters.transform(), parameters.spi(), keyMaterial, parameters.esn());
    return new OutboundSa(parameters, encryptor, used);
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

  /** Sequence numbers used so far. Any thread. */
  public long sequencesUsed() {
    return (long) USED.getOpaque(this);
  }

  /** The last one this SA may use: rekey well before. */
  public long lastSequence() {
    return lastSequence;
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
      encryptor.close();
    }
  }

  /** Worker only. */
  public EspEncryptor encryptor() {
    return encryptor;
  }

  /** Selectors of our side: the source of what is sent. */
  public SelectorTable localSelectors() {
    return local;
  }

  /** Selectors of the peer's side: the destination of what is sent. */
  public SelectorTable remoteSelectors() {
    return remote;
  }

  /** Whether a soft limit was reached: it wants replacing. Any thread. */
  public boolean softReached() {
    return softReached;
  }

  /**
   * Worker only: takes {@code n} sequence numbers for packets of {@code bytes} together.
   *
   * @return the first of them, {@link #NO_SEQUENCE} or {@link #NO_BYTES}
   */
  public long take(int n, long bytes) {
    long before = used;
    if (n > lastSequence - before) {
      return NO_SEQUENCE;
    }
    if (bytes > limits.hardBytes() - bytesUsed) {
      return NO_BYTES;
    }
    USED.setOpaque(this, before + n);
    bytesUsed += bytes;
    if ((bytesUsed >= limits.softBytes() || before + n >= limits.softPackets()) && !softReached) {
      softReached = true;
      limits.reached().run();
    }
    return before + 1;
  }

  SaLife life() {
    return life;
  }

  void life(SaLife next) {
    life = next;
  }

  /** Worker only, after the snapshot without it was taken up. */
  void close() {
    encryptor.close();
  }

  @Override
  public String toString() {
    return "out " + parameters;
  }
}
