package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The shim's {@code struct ts_sa}: one direction of one SA with its keys in a mapping of its own,
 * locked and left out of core dumps. Owned by the thread that uses the SA.
 */
final class ShimSa implements AutoCloseable {
  private static final MethodHandle NEW = Downcall.TS_SA_NEW.handle();
  private static final MethodHandle KEY = Downcall.TS_SA_KEY.handle();
  private static final MethodHandle LOCKED = Downcall.TS_SA_LOCKED.handle();
  private static final MethodHandle BARE = Downcall.TS_BARE.handle();
  private static final MethodHandle FREE = Downcall.TS_SA_FREE.handle();

  private static final int INBOUND = 1;
  private static final int ESN = 2;

  private final EspTransform transform;
  private long address;

  ShimSa(
      ShimBackend backend,
      EspTransform transform,
      int spi,
      byte[] keyMaterial,
      boolean esn,
      boolean inbound) {
    transform.checkKeyMaterial(keyMaterial);
    this.transform = transform;
    try {
      address =
          (long)
              NEW.invokeExact(
                  backend.id(),
                  transform.ikeEncryptionId(),
                  transform.encryptionKeyLength() * 8,
                  transform.ikeIntegrityId(),
                  (inbound ? INBOUND : 0) | (esn ? ESN : 0),
                  spi);
      if (address == 0) {
        throw new EspBackendException(
            "%s has no memory or no %s for an SA".formatted(backend.name(), transform));
      }
      // Straight into the locked mapping, so that no copy is left anywhere else off-heap.
      MemorySegment.copy(
          keyMaterial,
          0,
          MemorySegment.ofAddress(address).reinterpret(keyMaterial.length),
          ValueLayout.JAVA_BYTE,
          0,
          keyMaterial.length);
      int refused = (int) KEY.invokeExact(address);
      if (refused != 0) {
        close();
        throw new EspBackendException(
            "%s refused a key of %s".formatted(backend.name(), transform));
      }
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  EspTransform transform() {
    return transform;
  }

  /**
   * @throws IllegalStateException after {@link #close}
   */
  long address() {
    if (address == 0) {
      throw new IllegalStateException("this SA's keys are closed");
    }
    return address;
  }

  /** Whether the keys cannot be swapped out; false past RLIMIT_MEMLOCK. */
  boolean locked() {
    try {
      return (int) LOCKED.invokeExact(address()) != 0;
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  /** Checks that {@code entries} of {@code size} bytes lie within an off-heap vector. */
  static long checked(MemorySegment vector, int entries, int size) {
    Objects.checkFromIndexSize(0, (long) entries * size, vector.byteSize());
    if (!vector.isNative()) {
      throw new IllegalArgumentException("vector on the heap, expected off-heap");
    }
    return vector.address();
  }

  /**
   * Runs {@code ts_seal_raw} or {@code ts_open_raw}.
   *
   * @param text encrypted or decrypted in place
   * @param icv written by seal, read by open
   * @return what the call returned
   */
  int raw(MethodHandle call, byte[] iv, byte[] aad, byte[] text, byte[] icv) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment textOut = copy(arena, text);
      MemorySegment icvOut = copy(arena, icv);
      int result =
          (int)
              call.invokeExact(
                  address(),
                  copy(arena, iv),
                  copy(arena, aad),
                  aad.length,
                  textOut,
                  text.length,
                  icvOut);
      MemorySegment.copy(textOut, ValueLayout.JAVA_BYTE, 0, text, 0, text.length);
      MemorySegment.copy(icvOut, ValueLayout.JAVA_BYTE, 0, icv, 0, icv.length);
      return result;
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }

  /** {@link BareCipher#run}. */
  int bare(long sequence, MemorySegment texts, int stride, int length, int count) {
    long at = checked(texts, count, stride);
    try {
      return (int) BARE.invokeExact(address(), sequence, at, stride, length, count);
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    } finally {
      Reference.reachabilityFence(texts);
    }
  }

  private static MemorySegment copy(Arena arena, byte[] bytes) {
    return arena.allocate(Math.max(1, bytes.length), 16).copyFrom(MemorySegment.ofArray(bytes));
  }

  @Override
  public void close() {
    if (address == 0) {
      return;
    }
    try {
      FREE.invokeExact(address);
      address = 0;
    } catch (Throwable e) {
      throw Downcall.unexpected(e);
    }
  }
}
