package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A sending direction whose vectors are written by its owner and by helpers. */
final class SharedEncryptor extends SharedSa<ShimEncryptor> implements EspEncryptor {
  // Of the call: written by the owner before it is shared.
  private long at;
  private int entries;

  /** Some piece could not be written. */
  private volatile boolean failed;

  SharedEncryptor(List<ShimEncryptor> each, CryptoHelpers helpers, int least, int worth) {
    super(each, helpers, least, worth);
  }

  @Override
  public int encapsulate(MemorySegment vector, int count) {
    at = ShimSa.checked(vector, count, EncapVector.ENTRY_SIZE);
    if (!worthIt(bytes(vector, count))) {
      return own().encapsulate(vector, count);
    }
    entries = count;
    failed = false;
    share(vector, own().admit(at, count));
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
  void part(ShimEncryptor sa, int first, int count) {
    if (sa.part(at, entries, first, count) != 0) {
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
}
