package dev.twinspan.ffi.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one packet costs one core: laid out, segmented, checksummed and sealed by us, verified and
 * opened by us, and beside both, in turns with them, what the library alone takes for as many
 * bytes.
 *
 * <pre>
 *   round:  encapsulate 44 → decapsulate them → library alone: seal 44 → open them → encapsulate …
 * </pre>
 *
 * Packets long enough to come from the kernel as one super-packet come as one here; short ones come
 * alone. No system call is in it, and nothing that is measured allocates.
 */
public final class CipherBench {
  /** As many packets as one super-packet of the LAN is cut into. */
  private static final int BATCH = 44;

  /** IPv4 and UDP. */
  private static final int HEADERS = 28;

  /** Shorter inner packets do not come as super-packets. */
  private static final int SUPER_PACKET_FROM = 512;

  private static final int MAX_ROUNDS = 20_000;

  /**
   * Of many rounds, in nanoseconds a packet.
   *
   * @param median what to reckon with
   * @param least what it takes when nothing else runs
   */
  public record Nanos(double median, double least) {
    static Nanos of(long[] rounds, int count) {
      long[] sorted = Arrays.copyOf(rounds, count);
      Arrays.sort(sorted);
      return new Nanos(sorted[count / 2] / (double) BATCH, sorted[0] / (double) BATCH);
    }

    private static Nanos of(List<Cost> turns, Function<Cost, Nanos> direction) {
      List<Nanos> all = turns.stream().map(direction).toList();
      double[] medians = all.stream().mapToDouble(Nanos::median).sorted().toArray();
      double least = all.stream().mapToDouble(Nanos::least).min().orElseThrow();
      return new Nanos(medians[medians.length / 2], least);
    }
  }

  /**
   * Both directions.
   *
   * @param out encapsulation, or sealing
   * @param in decapsulation, or opening
   */
  public record Cost(Nanos out, Nanos in) {
    private static Cost of(List<Cost> turns) {
      return new Cost(Nanos.of(turns, Cost::out), Nanos.of(turns, Cost::in));
    }
  }

  /**
   * One line of the table.
   *
   * @param innerLength bytes of each inner packet
   * @param esp ours, the library's share included
   * @param library its share alone; null with {@code jce}, which has no batches
   * @param rounds how many the medians are of
   */
  public record Figures(
      String backend,
      EspTransform transform,
      int innerLength,
      Cost esp,
      @Nullable Cost library,
      int rounds) {
    /** Of several measurements of the same, with others in between: the median of theirs. */
    public static Figures of(List<Figures> turns) {
      Figures first = turns.getFirst();
      List<Cost> alone = turns.stream().map(Figures::library).filter(Objects::nonNull).toList();
      return new Figures(
          first.backend,
          first.transform,
          first.innerLength,
          Cost.of(turns.stream().map(Figures::esp).toList()),
          alone.isEmpty() ? null : Cost.of(alone),
          turns.stream().mapToInt(Figures::rounds).sum());
    }
  }

  /**
   * What goes into our own share.
   *
   * @param copy of an inner packet, from one buffer to another
   * @param checksum completing it on the way out, verifying it on the way in: what packets cost
   *     more than such without
   */
  public record Parts(Nanos copy, Cost checksum) {}

  private final EspTransform transform;
  private final int innerLength;
  private final boolean checksums;
  private final EspEncryptor encryptor;
  private final EspDecryptor decryptor;
  private final MemorySegment encap;
  private final MemorySegment decap;
  private final MemorySegment inner;
  private final MemorySegment room;
  private final int entries;

  /** Of each entry. */
  private final int length;

  private final long[][] times = new long[4][MAX_ROUNDS];
  private long sequence = 1;
  private long bareSequence = 1;

  private CipherBench(
      Arena arena,
      EspTransform transform,
      int innerLength,
      boolean together,
      boolean checksums,
      EspEncryptor encryptor,
      EspDecryptor decryptor) {
    this.transform = transform;
    this.innerLength = innerLength;
    this.checksums = checksums;
    this.encryptor = encryptor;
    this.decryptor = decryptor;
    entries = together ? 1 : BATCH;
    length = together ? HEADERS + BATCH * (innerLength - HEADERS) : innerLength;
    inner = arena.allocate((long) entries * length, 64);
    for (int i = 0; i < entries; i++) {
      byte[] packet = packet(length, checksums);
      MemorySegment.copy(packet, 0, inner, ValueLayout.JAVA_BYTE, (long) i * length, length);
    }
    room = arena.allocate((long) BATCH * stride(), 64);
    encap = arena.allocate((long) entries * EncapVector.ENTRY_SIZE, 8);
    decap = arena.allocate((long) BATCH * DecapVector.ENTRY_SIZE, 8);
  }

  /**
   * Measures for about that long.
   *
   * @param innerLength of each inner packet, 32 to 1488 bytes
   * @throws EspBackendException when the library refuses the transform, or a packet does not come
   *     out as it went in
   */
  public static Figures measure(
      EspBackend backend, EspTransform transform, int innerLength, Duration time) {
    checkLength(innerLength);
    boolean together = innerLength >= SUPER_PACKET_FROM;
    byte[] key = new byte[transform.keyMaterialLength()];
    try (Arena arena = Arena.ofConfined();
        EspEncryptor encryptor = backend.encryptor(transform, 1, key, true);
        EspDecryptor decryptor = backend.decryptor(transform, 1, key, true);
        EspEncryptor sealer = backend.encryptor(transform, 2, key, true);
        EspDecryptor opener = backend.decryptor(transform, 2, key, true)) {
      CipherBench bench =
          new CipherBench(arena, transform, innerLength, together, true, encryptor, decryptor);
      return bench.run(backend.name(), time, bare(sealer), bare(opener));
    }
  }

  /**
   * Measures the parts of our own share for about that long, of packets that come alone.
   *
   * @param innerLength as in {@link #measure}
   */
  public static Parts parts(
      EspBackend backend, EspTransform transform, int innerLength, Duration time) {
    checkLength(innerLength);
    byte[] key = new byte[transform.keyMaterialLength()];
    try (Arena arena = Arena.ofConfined();
        EspEncryptor encryptor = backend.encryptor(transform, 1, key, true);
        EspDecryptor decryptor = backend.decryptor(transform, 1, key, true);
        EspEncryptor encryptorWithout = backend.encryptor(transform, 2, key, true);
        EspDecryptor decryptorWithout = backend.decryptor(transform, 2, key, true)) {
      return new CipherBench(arena, transform, innerLength, false, true, encryptor, decryptor)
          .parts(
              new CipherBench(
                  arena, transform, innerLength, false, false, encryptorWithout, decryptorWithout),
              time);
    }
  }

  private static void checkLength(int innerLength) {
    if (innerLength < 32 || innerLength > 1488) {
      throw new IllegalArgumentException(
          "inner packets of %d bytes, expected 32 to 1488".formatted(innerLength));
    }
  }

  private Parts parts(CipherBench without, Duration time) {
    long start = System.nanoTime();
    long warm = start + time.toNanos() / 2;
    long end = start + time.toNanos();
    int rounds = 0;
    while (rounds < MAX_ROUNDS) {
      round(rounds);
      without.round(rounds);
      long began = System.nanoTime();
      for (int i = 0; i < BATCH; i++) {
        MemorySegment.copy(inner, (long) i * length, room, (long) i * stride(), length);
      }
      long now = System.nanoTime();
      times[2][rounds] = now - began;
      rounds = now < warm ? 0 : rounds + 1;
      if (now >= end && rounds > 0) {
        break;
      }
    }
    Cost checksum =
        new Cost(
            more(times[0], without.times[0], rounds), more(times[1], without.times[1], rounds));
    return new Parts(Nanos.of(times[2], rounds), checksum);
  }

  private static Nanos more(long[] with, long[] without, int rounds) {
    Nanos all = Nanos.of(with, rounds);
    Nanos rest = Nanos.of(without, rounds);
    return new Nanos(
        Math.max(0, all.median() - rest.median()), Math.max(0, all.least() - rest.least()));
  }

  private static @Nullable BareCipher bare(Object cipher) {
    return cipher instanceof BareCipher bare ? bare : null;
  }

  /** The first half of the time is for the compiler and the caches. */
  private Figures run(
      String backend, Duration time, @Nullable BareCipher sealer, @Nullable BareCipher opener) {
    long start = System.nanoTime();
    long warm = start + time.toNanos() / 2;
    long end = start + time.toNanos();
    int rounds = 0;
    while (rounds < MAX_ROUNDS) {
      round(rounds);
      if (sealer != null && opener != null) {
        alone(sealer, opener, rounds);
      }
      long now = System.nanoTime();
      if (now >= end && rounds > 0) {
        rounds++;
        break;
      }
      rounds = now < warm ? 0 : rounds + 1;
    }
    Cost esp = new Cost(Nanos.of(times[0], rounds), Nanos.of(times[1], rounds));
    Cost library =
        sealer == null ? null : new Cost(Nanos.of(times[2], rounds), Nanos.of(times[3], rounds));
    return new Figures(backend, transform, innerLength, esp, library, rounds);
  }

  private void round(int round) {
    fill();
    long start = System.nanoTime();
    int sealed = encryptor.encapsulate(encap, entries);
    times[0][round] = System.nanoTime() - start;
    check("encapsulate", sealed, entries);
    spread();
    start = System.nanoTime();
    int opened = decryptor.decapsulate(decap, BATCH);
    times[1][round] = System.nanoTime() - start;
    check("decapsulate", opened, BATCH);
  }

  private void alone(BareCipher sealer, BareCipher opener, int round) {
    int length = transform.packetLength(innerLength) - overhead();
    long first = bareSequence;
    bareSequence += BATCH;
    long start = System.nanoTime();
    int sealed = sealer.run(first, room, stride(), length, BATCH);
    times[2][round] = System.nanoTime() - start;
    check("seal", sealed, BATCH);
    start = System.nanoTime();
    int opened = opener.run(first, room, stride(), length, BATCH);
    times[3][round] = System.nanoTime() - start;
    check("open", opened, BATCH);
  }

  private void check(String what, int done, int expected) {
    if (done != expected) {
      throw new EspBackendException(
          "%s: %d of %d packets of %d bytes came through %s"
              .formatted(transform, done, expected, innerLength, what));
    }
  }

  private int stride() {
    return transform.packetLength(innerLength);
  }

  private int overhead() {
    return EspTransform.ESP_HEADER_LENGTH + transform.ivLength() + transform.icvLength();
  }

  private void fill() {
    int each = (int) (room.byteSize() / entries);
    int segment = checksums ? EncapVector.FLAG_NEEDS_CHECKSUM : 0;
    if (entries == 1) {
      segment |= EncapVector.FLAG_SEGMENT_UDP;
    }
    for (int i = 0; i < entries; i++) {
      EncapVector.set(
          encap,
          i,
          inner.address() + (long) i * length,
          length,
          entries == 1 ? innerLength - HEADERS : 0,
          0,
          20,
          6,
          segment,
          room.address() + (long) i * each,
          each,
          sequence + i);
    }
    sequence += BATCH;
  }

  private void spread() {
    int high = (int) ((sequence - 1) >>> 32);
    for (int i = 0; i < BATCH; i++) {
      DecapVector.set(decap, i, room.address() + (long) i * stride(), stride(), high);
    }
  }

  /** UDP on IPv4 of that total length: the L4 checksum is to be completed, or there is none. */
  private static byte[] packet(int length, boolean checksum) {
    ByteBuffer packet = ByteBuffer.allocate(length);
    packet.putShort((short) 0x4500).putShort((short) length).putInt(0x00014000);
    packet.put((byte) 64).put((byte) 17).putShort((short) 0).putInt(0x0a000001).putInt(0x0a010001);
    packet.putShort((short) 4660).putShort((short) 9).putShort((short) (length - 20));
    byte[] bytes = packet.array();
    InternetChecksum.put16(bytes, 10, ~InternetChecksum.sum(bytes, 0, 20, 0));
    if (checksum) {
      InternetChecksum.put16(
          bytes, 26, InternetChecksum.pseudoHeader(bytes, InternetChecksum.UDP, length - 20));
    }
    return bytes;
  }
}
