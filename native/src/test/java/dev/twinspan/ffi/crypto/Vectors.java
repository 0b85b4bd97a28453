package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs vectors on buffers with canaries before and behind each, and takes the results apart.
 * Closing checks every canary.
 */
final class Vectors implements AutoCloseable {
  private static final int CANARY = 64;
  private static final byte TWEET = (byte) 0xc5;

  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> fenced = new ArrayList<>();

  /** Of one {@link DecapVector} entry. */
  record Opened(int status, byte[] inner, int nextHeader, int checksum) {}

  /** Of one {@link EncapVector} entry; {@code packets} is empty when {@code count} is negative. */
  record Sealed(int count, List<byte[]> packets) {}

  MemorySegment buffer(int length) {
    MemorySegment all = arena.allocate(length + 2L * CANARY, 1).fill(TWEET);
    fenced.add(all);
    return all.asSlice(CANARY, length);
  }

  MemorySegment buffer(byte[] bytes) {
    return buffer(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
  }

  MemorySegment encapVector(int entries) {
    return buffer(entries * EncapVector.ENTRY_SIZE).fill((byte) 0);
  }

  /** Fills entry {@code i} for this packet. */
  void set(MemorySegment vector, int i, InnerPacket p, int outCapacity, long sequence) {
    EncapVector.set(
        vector,
        i,
        buffer(p.bytes()).address(),
        p.bytes().length,
        p.gsoSize(),
        p.gsoSize() == 0 ? 0 : p.headerLength(),
        p.l4(),
        p.checksumOffset(),
        p.flags(),
        buffer(outCapacity).address(),
        outCapacity,
        sequence);
  }

  /** Encapsulates each packet as one entry; sequence numbers follow on. */
  List<Sealed> encapsulate(EspEncryptor encryptor, List<InnerPacket> packets, long sequence) {
    MemorySegment vector = encapVector(packets.size());
    long next = sequence;
    for (int i = 0; i < packets.size(); i++) {
      InnerPacket p = packets.get(i);
      int longest = p.gsoSize() == 0 ? p.bytes().length : p.headerLength() + p.gsoSize();
      int room = encryptor.transform().packetLength(longest) * p.segments();
      set(vector, i, p, room, next);
      next += p.segments();
    }
    int done = encryptor.encapsulate(vector, packets.size());
    List<Sealed> sealed = new ArrayList<>();
    for (int i = 0; i < packets.size(); i++) {
      sealed.add(sealed(vector, i));
    }
    assertThat(done).isEqualTo((int) sealed.stream().filter(s -> s.count() > 0).count());
    return sealed;
  }

  static Sealed sealed(MemorySegment vector, int i) {
    int count = EncapVector.count(vector, i);
    List<byte[]> packets = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      int stride = EncapVector.stride(vector, i);
      int length = n == count - 1 ? EncapVector.lastLength(vector, i) : stride;
      long at = EncapVector.out(vector, i) + (long) n * stride;
      packets.add(bytes(at, length));
    }
    return new Sealed(count, packets);
  }

  List<Opened> decapsulate(EspDecryptor decryptor, List<byte[]> packets, int sequenceHigh) {
    MemorySegment vector = buffer(packets.size() * DecapVector.ENTRY_SIZE);
    for (int i = 0; i < packets.size(); i++) {
      byte[] packet = packets.get(i);
      DecapVector.set(vector, i, buffer(packet).address(), packet.length, sequenceHigh);
    }
    int good = decryptor.decapsulate(vector, packets.size());
    List<Opened> opened = new ArrayList<>();
    for (int i = 0; i < packets.size(); i++) {
      long inner = DecapVector.in(vector, i) + DecapVector.innerOffset(vector, i);
      opened.add(
          new Opened(
              DecapVector.status(vector, i),
              bytes(inner, DecapVector.innerLength(vector, i)),
              DecapVector.nextHeader(vector, i),
              DecapVector.checksum(vector, i)));
    }
    assertThat(good).isEqualTo((int) opened.stream().filter(o -> o.status() == 0).count());
    return opened;
  }

  Opened decapsulate(EspDecryptor decryptor, byte[] packet, int sequenceHigh) {
    return decapsulate(decryptor, List.of(packet), sequenceHigh).getFirst();
  }

  static byte[] bytes(long address, int length) {
    return MemorySegment.ofAddress(address).reinterpret(length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void close() {
    for (MemorySegment all : fenced) {
      for (long i = 0; i < CANARY; i++) {
        check(all, CANARY - 1 - i, "before");
        check(all, all.byteSize() - CANARY + i, "behind");
      }
    }
    arena.close();
  }

  private static void check(MemorySegment all, long at, String where) {
    if (all.get(ValueLayout.JAVA_BYTE, at) != TWEET) {
      long length = all.byteSize() - 2 * CANARY;
      throw new AssertionError("something was written %s a buffer of %d".formatted(where, length));
    }
  }
}
