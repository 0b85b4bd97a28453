package dev.twinspan.ffi.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A quick look at the price of a packet, through Java: the median of many vectors, in nanoseconds
 * per packet. {@code java -cp native/target/classes:native/target/test-classes
 * --enable-native-access=ALL-UNNAMED dev.twinspan.ffi.crypto.EspBench}
 */
final class EspBench {
  private static final int SEGMENTS = 44;
  private static final int VECTORS = 3000;

  private EspBench() {}

  public static void main(String[] args) {
    System.out.printf("%-10s %-22s %-24s %8s %8s%n", "", "", "ns per packet", "encap", "decap");
    Random random = new Random(1);
    InnerPacket large = InnerPacket.of(true, true, SEGMENTS * 1348, 1348, random);
    InnerPacket alone = InnerPacket.of(true, true, 1348, 0, random);
    InnerPacket small = InnerPacket.of(true, true, 12, 0, random);
    for (EspBackend backend : TestBackends.list()) {
      for (EspTransform transform :
          List.of(
              EspTransform.AES_GCM_128,
              EspTransform.AES_GCM_256,
              EspTransform.AES_CBC_256_SHA1_96,
              EspTransform.AES_CBC_256_SHA256_128)) {
        measure(backend, transform, "44 x 1400 B, one GSO", List.of(large));
        measure(backend, transform, "1 x 1400 B", List.of(alone));
        List<InnerPacket> many = IntStream.range(0, SEGMENTS).mapToObj(_ -> small).toList();
        measure(backend, transform, "44 x 64 B", many);
      }
    }
  }

  private static void measure(
      EspBackend backend, EspTransform transform, String what, List<InnerPacket> packets) {
    byte[] key = new byte[transform.keyMaterialLength()];
    int count = packets.stream().mapToInt(InnerPacket::segments).sum();
    long[] encap = new long[VECTORS];
    long[] decap = new long[VECTORS];
    try (Arena arena = Arena.ofConfined();
        EspEncryptor encryptor = backend.encryptor(transform, 1, key, true);
        EspDecryptor decryptor = backend.decryptor(transform, 1, key, true)) {
      MemorySegment out = arena.allocate((long) packets.size() * EncapVector.ENTRY_SIZE, 8);
      MemorySegment in = arena.allocate((long) count * DecapVector.ENTRY_SIZE, 8);
      MemorySegment room = arena.allocate(1 << 17, 64);
      MemorySegment[] inner =
          packets.stream()
              .map(p -> arena.allocate(p.bytes().length).copyFrom(MemorySegment.ofArray(p.bytes())))
              .toArray(MemorySegment[]::new);
      long sequence = 1;
      for (int n = -VECTORS / 2; n < VECTORS; n++) {
        fill(out, packets, inner, room, sequence);
        sequence += count;
        long start = System.nanoTime();
        int done = encryptor.encapsulate(out, packets.size());
        long middle = System.nanoTime();
        spread(out, packets.size(), in);
        long again = System.nanoTime();
        int good = decryptor.decapsulate(in, count);
        long end = System.nanoTime();
        if (done != packets.size() || good != count) {
          throw new AssertionError(
              "%d of %d, %d of %d".formatted(done, packets.size(), good, count));
        }
        if (n >= 0) {
          encap[n] = middle - start;
          decap[n] = end - again;
        }
      }
    }
    System.out.printf(
        "%-10s %-22s %-24s %8.0f %8.0f%n",
        backend.name(), transform, what, median(encap) / count, median(decap) / count);
  }

  private static void fill(
      MemorySegment vector,
      List<InnerPacket> packets,
      MemorySegment[] inner,
      MemorySegment room,
      long sequence) {
    int each = (int) (room.byteSize() / packets.size());
    for (int i = 0; i < packets.size(); i++) {
      InnerPacket p = packets.get(i);
      EncapVector.set(
          vector,
          i,
          inner[i].address(),
          p.bytes().length,
          p.gsoSize(),
          p.headerLength(),
          p.l4(),
          p.checksumOffset(),
          p.flags(),
          room.address() + (long) i * each,
          each,
          sequence + i);
    }
  }

  private static void spread(MemorySegment sealed, int entries, MemorySegment vector) {
    int n = 0;
    for (int i = 0; i < entries; i++) {
      int count = EncapVector.count(sealed, i);
      for (int s = 0; s < count; s++) {
        int stride = EncapVector.stride(sealed, i);
        int length = s == count - 1 ? EncapVector.lastLength(sealed, i) : stride;
        DecapVector.set(vector, n++, EncapVector.out(sealed, i) + (long) s * stride, length, 0);
      }
    }
  }

  private static double median(long[] times) {
    Arrays.sort(times);
    return times[times.length / 2];
  }
}
