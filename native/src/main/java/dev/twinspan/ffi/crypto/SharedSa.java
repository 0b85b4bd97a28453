package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** One direction of an SA whose vectors are done by its owner and by helpers. */
abstract class SharedSa<S extends ShimDirection> implements SharedCall.Pieces, ShimDirection {
  /** So many for each thread at most: the fewer, the longer the last one is waited for. */
  private static final int PIECES = 8;

  private final List<S> each;
  private final CryptoHelpers helpers;
  private final int least;
  private final int worth;

  // Of the call: written by the owner before it is shared.
  private int size;
  private int packets;

  /**
   * @param each the owner's, then one for each helper
   * @param least packets of a piece
   * @param worth bytes of a call from which on it is shared
   */
  SharedSa(List<S> each, CryptoHelpers helpers, int least, int worth) {
    this.each = List.copyOf(each);
    this.helpers = helpers;
    this.least = least;
    this.worth = worth;
  }

  /** The owner's. */
  final S own() {
    return each.getFirst();
  }

  final boolean worthIt(long bytes) {
    return bytes >= worth;
  }

  /**
   * Does all packets of a vector, which lives until they are done.
   *
   * @throws IllegalStateException when a piece threw
   */
  final void share(MemorySegment vector, int count) {
    packets = count;
    size = pieceSize(count, least, helpers.count());
    try {
      helpers.share(this, (count + size - 1) / size);
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  /** How many packets of a call make a piece. */
  private static int pieceSize(int packets, int least, int helpers) {
    int pieces = PIECES * (helpers + 1);
    return Math.max(least, (packets + pieces - 1) / pieces);
  }

  @Override
  public final void piece(int who, int index) {
    int first = index * size;
    part(each.get(who), first, Math.min(size, packets - first));
  }

  /** Does these packets on that SA; by any thread. */
  abstract void part(S sa, int first, int count);

  @Override
  public final EspTransform transform() {
    return own().transform();
  }

  /** The library alone, on the calling thread. */
  @Override
  public final int run(long sequence, MemorySegment texts, int stride, int length, int count) {
    return own().run(sequence, texts, stride, length, count);
  }

  @Override
  public final void close() {
    each.forEach(ShimDirection::close);
  }
}
