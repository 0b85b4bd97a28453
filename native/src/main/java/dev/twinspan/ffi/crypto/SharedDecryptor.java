package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A receiving direction whose vectors are decrypted by its owner and by helpers. */
final class SharedDecryptor extends SharedSa<ShimDecryptor> implements EspDecryptor {
  /** Of the call's vector: written by the owner before it is shared. */
  private long at;

  SharedDecryptor(List<ShimDecryptor> each, CryptoHelpers helpers, int least, int worth) {
    super(each, helpers, least, worth);
  }

  @Override
  public int decapsulate(MemorySegment vector, int count) {
    at = ShimSa.checked(vector, count, DecapVector.ENTRY_SIZE);
    if (!worthIt(bytes(vector, count))) {
      return own().decapsulate(vector, count);
    }
    share(vector, count);
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
  void part(ShimDecryptor sa, int first, int count) {
    sa.part(at + (long) first * DecapVector.ENTRY_SIZE, count);
  }
}
