package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** A receiving direction whose vectors are decrypted by its owner and by helpers. */
final class SharedDecryptor implements EspDecryptor, SharedCall.Pieces, BareCipher {
  private final ShimDecryptor[] each;
  private final CryptoHelpers helpers;
  private final int least;
  private final int worth;

  // Of the call: written by the owner before it is shared.
  private long at;
  private int entries;
  private int size;

  /**
   * @param each the owner's, then one for each helper
   */
  SharedDecryptor(List<ShimDecryptor> each, CryptoHelpers helpers, int least, int worth) {
    this.each = each.toArray(ShimDecryptor[]::new);
    this.helpers = helpers;
    this.least = least;
    this.worth = worth;
  }

  @Override
  public EspTransform transform() {
    return each[0].transform();
  }

  @Override
  public int decapsulate(MemorySegment vector, int count) {
    long address = ShimSa.checked(vector, count, DecapVector.ENTRY_SIZE);
    if (bytes(vector, count) < worth) {
      return each[0].decapsulate(vector, count);
    }
    at = address;
    entries = count;
    size = SharedBackend.pieceSize(count, least, helpers.count());
    try {
      helpers.share(this, (count + size - 1) / size);
    } finally {
      Reference.reachabilityFence(vector);
    }
    int good = 0;
    for (int i = 0; i < count; i++) {
      good += DecapVector.status(vector, i) == DecapVector.STATUS_OK ? 1 : 0;
    }
    return good;
  }

  private static long bytes(MemorySegment vector, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += Integer.toUnsignedLong(DecapVector.inLength(vector, i));
    }
    return bytes;
  }

  @Override
  public void piece(int who, int index) {
    int first = index * size;
    each[who].part(at + (long) first * DecapVector.ENTRY_SIZE, Math.min(size, entries - first));
  }

  /** The library alone, on the calling thread. */
  @Override
  public int run(long sequence, MemorySegment texts, int stride, int length, int count) {
    return each[0].run(sequence, texts, stride, length, count);
  }

  @Override
  public void close() {
    for (ShimDecryptor one : each) {
      one.close();
    }
  }
}
