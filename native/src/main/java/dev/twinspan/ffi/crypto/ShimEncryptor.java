package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

/** One {@code ts_encapsulate} per vector. */
final class ShimEncryptor implements EspEncryptor, RawSeal, ShimDirection {
  private static final MethodHandle ENCAPSULATE = Downcall.TS_ENCAPSULATE.handle();
  private static final MethodHandle ADMIT = Downcall.TS_ADMIT.handle();
  private static final MethodHandle PART = Downcall.TS_ENCAPSULATE_PART.handle();
  private static final MethodHandle SEAL_RAW = Downcall.TS_SEAL_RAW.handle();

  private final ShimSa sa;

  ShimEncryptor(ShimSa sa) {
    this.sa = sa;
  }

  @Override
  public EspTransform transform() {
    return sa.transform();
  }

  @Override
  public int encapsulate(MemorySegment vector, int entries) {
    long at = ShimSa.checked(vector, entries, EncapVector.ENTRY_SIZE);
    try {
      return (int) ENCAPSULATE.invokeExact(sa.address(), at, entries);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  /**
   * The first step of {@link #encapsulate}: takes the sequence numbers.
   *
   * @param vector address of checked entries
   * @return how many packets there are to write
   */
  int admit(long vector, int entries) {
    try {
      return (int) ADMIT.invokeExact(sa.address(), vector, entries);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  /**
   * The second step, for some of the packets: on this or another SA of the same keys, each packet
   * once.
   *
   * @param vector of {@link #admit}; only read
   * @param first packet, counted over all admitted entries
   * @return 0, or an {@code ERROR_} of {@link EncapVector}
   */
  int part(long vector, int entries, int first, int packets) {
    try {
      return (int) PART.invokeExact(sa.address(), vector, entries, first, packets);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  @Override
  public byte[] sealRaw(byte[] iv, byte[] aad, byte[] text) {
    byte[] sealed = text.clone();
    byte[] icv = new byte[transform().icvLength()];
    if (sa.raw(SEAL_RAW, iv, aad, sealed, icv) != 0) {
      throw new EspBackendException("the cipher failed");
    }
    byte[] result = Arrays.copyOf(sealed, sealed.length + icv.length);
    System.arraycopy(icv, 0, result, sealed.length, icv.length);
    return result;
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
