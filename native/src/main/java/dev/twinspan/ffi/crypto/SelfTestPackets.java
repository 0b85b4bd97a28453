package dev.twinspan.ffi.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The half of the self-test that goes through {@link EncapVector} and {@link DecapVector}. */
final class SelfTestPackets {
  /** Long enough for ipsec-mb's burst (the BREAK_EVENs of esp_mb.c). */
  private static final int BURST = 40;

  private static final int SPI = 0x7457a117;
  private static final int SLOT = 256;

  private SelfTestPackets() {}

  /** Decapsulates the packet alone, then in a burst in which every third copy is forged. */
  static @Nullable String check(EspBackend backend, KnownAnswer.Esp esp) {
    int spi = ByteBuffer.wrap(esp.packet()).getInt();
    boolean esn = esp.sequenceHigh() != null;
    try (Arena arena = Arena.ofConfined();
        EspDecryptor decryptor = backend.decryptor(esp.transform(), spi, esp.keyMaterial(), esn)) {
      String failure = checkBurst(arena, decryptor, esp, 1);
      return failure != null ? failure : checkBurst(arena, decryptor, esp, BURST);
    }
  }

  private static @Nullable String checkBurst(
      Arena arena, EspDecryptor decryptor, KnownAnswer.Esp esp, int copies) {
    int length = esp.packet().length;
    MemorySegment packets = arena.allocate((long) copies * SLOT, 64);
    MemorySegment vector = arena.allocate((long) copies * DecapVector.ENTRY_SIZE, 8);
    Integer high = esp.sequenceHigh();
    for (int i = 0; i < copies; i++) {
      MemorySegment slot = packets.asSlice((long) i * SLOT, SLOT);
      slot.copyFrom(MemorySegment.ofArray(esp.packet()));
      if (forged(i)) {
        flip(slot, length - 1);
      }
      DecapVector.set(vector, i, slot.address(), length, high == null ? 0 : high);
    }
    decryptor.decapsulate(vector, copies);
    for (int i = 0; i < copies; i++) {
      int status = DecapVector.status(vector, i);
      if (forged(i) != (status == DecapVector.STATUS_AUTHENTICATION_FAILED)) {
        return "%s (packet %d of %d)".formatted(DecapVector.describe(status), i + 1, copies);
      }
      if (!forged(i) && !matches(packets.asSlice((long) i * SLOT, SLOT), vector, i, esp)) {
        return "wrong plaintext (packet %d of %d)".formatted(i + 1, copies);
      }
    }
    return null;
  }

  private static boolean forged(int i) {
    return i % 3 == 2;
  }

  private static boolean matches(
      MemorySegment slot, MemorySegment vector, int i, KnownAnswer.Esp esp) {
    return DecapVector.status(vector, i) == DecapVector.STATUS_OK
        && DecapVector.nextHeader(vector, i) == esp.nextHeader()
        && Arrays.equals(inner(slot, vector, i), esp.inner());
  }

  private static byte[] inner(MemorySegment slot, MemorySegment vector, int i) {
    return slot.asSlice(DecapVector.innerOffset(vector, i), DecapVector.innerLength(vector, i))
        .toArray(ValueLayout.JAVA_BYTE);
  }

  private static void flip(MemorySegment packet, long at) {
    packet.set(ValueLayout.JAVA_BYTE, at, (byte) (packet.get(ValueLayout.JAVA_BYTE, at) ^ 1));
  }

  /** Dummy packets of every length up to {@value #BURST}, out and in again. */
  static @Nullable String roundTrip(EspBackend backend, EspTransform transform) {
    byte[] keyMaterial = new byte[transform.keyMaterialLength()];
    for (int i = 0; i < keyMaterial.length; i++) {
      keyMaterial[i] = (byte) (i * 7 + 1);
    }
    try (Arena arena = Arena.ofConfined();
        EspEncryptor encryptor = backend.encryptor(transform, SPI, keyMaterial, true);
        EspDecryptor decryptor = backend.decryptor(transform, SPI, keyMaterial, true)) {
      return roundTrip(arena, encryptor, decryptor);
    }
  }

  private static @Nullable String roundTrip(
      Arena arena, EspEncryptor encryptor, EspDecryptor decryptor) {
    long sequence = 0x3_0000_0001L;
    MemorySegment filler = arena.allocate(BURST);
    for (int i = 0; i < BURST; i++) {
      filler.set(ValueLayout.JAVA_BYTE, i, (byte) (0xa0 + i));
    }
    MemorySegment packets = arena.allocate((long) BURST * SLOT, 64);
    MemorySegment out = arena.allocate((long) BURST * EncapVector.ENTRY_SIZE, 8);
    for (int i = 0; i < BURST; i++) {
      long slot = packets.address() + (long) i * SLOT;
      EncapVector.set(
          out,
          i,
          filler.address(),
          i,
          0,
          0,
          0,
          0,
          EncapVector.FLAG_DUMMY,
          slot,
          SLOT,
          sequence + i);
    }
    if (encryptor.encapsulate(out, BURST) != BURST) {
      return "failure to encapsulate";
    }
    MemorySegment in = arena.allocate((long) BURST * DecapVector.ENTRY_SIZE, 8);
    for (int i = 0; i < BURST; i++) {
      long slot = packets.address() + (long) i * SLOT;
      DecapVector.set(in, i, slot, EncapVector.lastLength(out, i), (int) (sequence >>> 32));
    }
    if (decryptor.decapsulate(in, BURST) != BURST) {
      return "failure to decapsulate";
    }
    for (int i = 0; i < BURST; i++) {
      MemorySegment slot = packets.asSlice((long) i * SLOT, SLOT);
      byte[] expected = filler.asSlice(0, i).toArray(ValueLayout.JAVA_BYTE);
      if (!Arrays.equals(inner(slot, in, i), expected) || DecapVector.nextHeader(in, i) != 59) {
        return "wrong plaintext";
      }
    }
    return null;
  }
}
