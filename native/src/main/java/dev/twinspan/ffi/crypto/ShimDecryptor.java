package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One {@code ts_decapsulate} per vector. */
final class ShimDecryptor implements EspDecryptor, RawOpen, ShimDirection {
  private static final MethodHandle DECAPSULATE = Downcall.TS_DECAPSULATE.handle();
  private static final MethodHandle OPEN_RAW = Downcall.TS_OPEN_RAW.handle();

  private final ShimSa sa;

  ShimDecryptor(ShimSa sa) {
    this.sa = sa;
  }

  @Override
  public EspTransform transform() {
    return sa.transform();
  }

  @Override
  public int decapsulate(MemorySegment vector, int entries) {
    long at = ShimSa.checked(vector, entries, DecapVector.ENTRY_SIZE);
    try {
      return (int) DECAPSULATE.invokeExact(sa.address(), at, entries);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  /**
   * {@link #decapsulate} for some of the entries, on this or another SA of the same keys.
   *
   * @param vector address of the first of them
   */
  int part(long vector, int entries) {
    try {
      return (int) DECAPSULATE.invokeExact(sa.address(), vector, entries);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  @Override
  public byte @Nullable [] openRaw(byte[] iv, byte[] aad, byte[] sealed) {
    int length = sealed.length - transform().icvLength();
    byte[] text = Arrays.copyOf(sealed, length);
    byte[] icv = Arrays.copyOfRange(sealed, length, sealed.length);
    return sa.raw(OPEN_RAW, iv, aad, text, icv) == 0 ? text : null;
  }

  @Override
  public int run(long sequence, MemorySegment texts, int stride, int length, int count) {
    return sa.bare(sequence, texts, stride, length, count);
  }

  boolean locked() {
    return sa.locked();
  }

  @Override
  public void close() {
    sa.close();
  }
}
