package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** A sending direction whose vectors are written by its owner and by helpers. */
final class SharedEncryptor implements EspEncryptor, SharedCall.Pieces, BareCipher {
  private final ShimEncryptor[] each;
  private final CryptoHelpers helpers;
  private final int least;
  private final int worth;

  // Of the call: written by the owner before it is shared.
  private long at;
  private int entries;
  private int packets;
  private int size;

  /** Some piece could not be written. */
  private volatile boolean failed;

  /**
   * @param each the owner's, then one for each helper
   */
  SharedEncryptor(List<ShimEncryptor> each, CryptoHelpers helpers, int least, int worth) {
    this.each = each.toArray(ShimEncryptor[]::new);
    this.helpers = helpers;
    this.least = least;
    this.worth = worth;
  }

  @Override
  public EspTransform transform() {
    return each[0].transform();
  }

  @Override
  public int encapsulate(MemorySegment vector, int count) {
    long address = ShimSa.checked(vector, count, EncapVector.ENTRY_SIZE);
    if (bytes(vector, count) < worth) {
      return each[0].encapsulate(vector, count);
    }
    at = address;
    entries = count;
    packets = each[0].admit(address, count);
    size = SharedBackend.pieceSize(packets, least, helpers.count());
    failed = false;
    try {
      helpers.share(this, (packets + size - 1) / size);
    } finally {
      Reference.reachabilityFence(vector);
    }
    return outcome(vector, count);
  }

  private static long bytes(MemorySegment vector, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += Integer.toUnsignedLong(EncapVector.inLength(vector, i));
    }
    return bytes;
  }

  @Override
  public void piece(int who, int index) {
    int first = index * size;
    if (each[who].part(at, entries, first, Math.min(size, packets - first)) != 0) {
      failed = true;
    }
  }

  /** A library that fails does so for reasons of its own: nothing of that vector is sent. */
  private int outcome(MemorySegment vector, int count) {
    int good = 0;
    for (int i = 0; i < count; i++) {
      if (EncapVector.count(vector, i) > 0) {
        if (failed) {
          EncapVector.result(vector, i, EncapVector.ERROR_CIPHER, 0, 0);
        } else {
          good++;
        }
      }
    }
    return good;
  }

  /** The library alone, on the calling thread. */
  @Override
  public int run(long sequence, MemorySegment texts, int stride, int length, int count) {
    return each[0].run(sequence, texts, stride, length, count);
  }

  @Override
  public void close() {
    for (ShimEncryptor one : each) {
      one.close();
    }
  }
}
