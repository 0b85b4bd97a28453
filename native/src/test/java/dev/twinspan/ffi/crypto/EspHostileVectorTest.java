package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.Cases.Case;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Garbage in every field: no back-end reads or writes past its buffers, and all agree with the
 * oracle on what they make of it.
 */
class EspHostileVectorTest {
  /** One hostile entry. */
  record Entry(
      byte[] in,
      int gsoSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int flags,
      int outCapacity) {}

  @Property(tries = 400)
  void shouldAgreeWithTheOracleOnHostileEntries(
      @ForAll("entries") List<Entry> entries, @ForAll EspTransform transform) {
    List<String> expected = outcome(new Case(new JceBackend(), transform, false), entries);
    for (EspBackend backend : TestBackends.andShared()) {
      assertThat(outcome(new Case(backend, transform, false), entries))
          .as(backend.name())
          .isEqualTo(expected);
    }
  }

  @Property(tries = 400)
  void shouldRefuseGarbage(
      @ForAll("garbage") List<byte[]> packets, @ForAll EspTransform transform, @ForAll int high) {
    for (EspBackend backend : TestBackends.andShared()) {
      try (Vectors vectors = new Vectors();
          EspDecryptor decryptor = new Case(backend, transform, true).decryptor()) {
        assertThat(vectors.decapsulate(decryptor, packets, high))
            .allMatch(o -> o.status() != DecapVector.STATUS_OK && o.inner().length == 0);
      }
    }
  }

  private static List<String> outcome(Case c, List<Entry> entries) {
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor()) {
      MemorySegment vector = vectors.encapVector(entries.size());
      for (int i = 0; i < entries.size(); i++) {
        Entry e = entries.get(i);
        EncapVector.set(
            vector,
            i,
            vectors.buffer(e.in()).address(),
            e.in().length,
            e.gsoSize(),
            e.headerLength(),
            e.checksumStart(),
            e.checksumOffset(),
            e.flags(),
            vectors.buffer(e.outCapacity()).address(),
            e.outCapacity(),
            1 + 65536L * i);
      }
      encryptor.encapsulate(vector, entries.size());
      List<String> outcome = new ArrayList<>();
      for (int i = 0; i < entries.size(); i++) {
        Vectors.Sealed sealed = Vectors.sealed(vector, i);
        int[] hashes = sealed.packets().stream().mapToInt(Arrays::hashCode).toArray();
        outcome.add(sealed.count() + " " + Arrays.toString(hashes));
      }
      return outcome;
    }
  }

  @Provide
  Arbitrary<List<Entry>> entries() {
    return Arbitraries.oneOf(wild(), nearlyRight()).list().ofMinSize(1).ofMaxSize(24);
  }

  private static Arbitrary<Entry> wild() {
    Arbitrary<Integer> u16 =
        Arbitraries.integers().between(0, 0xffff).edgeCases(c -> c.includeOnly(0, 20, 40, 0xffff));
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 80);
    Arbitrary<Integer> field = Arbitraries.oneOf(u16, small);
    return Combinators.combine(
            Arbitraries.bytes().array(byte[].class).ofMaxSize(300),
            field,
            field,
            field,
            field,
            Arbitraries.oneOf(Arbitraries.integers().between(0, 15), Arbitraries.integers()),
            Arbitraries.integers().between(0, 4000))
        .as(Entry::new);
  }

  private static Arbitrary<Entry> nearlyRight() {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.integers().between(0, 2000),
            Arbitraries.integers().between(0, 1500),
            Arbitraries.integers().between(-1, 80),
            Arbitraries.integers().between(0, 6000))
        .as(EspHostileVectorTest::nearlyRight);
  }

  /** One byte of an honest packet, or one field of its entry, is wrong. */
  private static Entry nearlyRight(
      long seed, boolean v4, boolean tcp, int payload, int gsoSize, int wrongByte, int capacity) {
    Random random = new Random(seed);
    InnerPacket p = InnerPacket.of(v4, tcp, payload, gsoSize, random);
    if (wrongByte >= 0 && wrongByte < p.bytes().length) {
      p.bytes()[wrongByte] ^= (byte) (1 + random.nextInt(255));
    }
    int[] f = {p.gsoSize(), p.headerLength(), p.l4(), p.checksumOffset(), p.flags()};
    if (random.nextInt(3) == 0) {
      f[random.nextInt(f.length)] ^= 1 << random.nextInt(16);
    }
    return new Entry(p.bytes(), f[0], f[1], f[2], f[3], f[4], capacity);
  }

  @Provide
  Arbitrary<List<byte[]>> garbage() {
    Arbitrary<byte[]> packet =
        Arbitraries.bytes()
            .array(byte[].class)
            .ofMaxSize(200)
            .map(
                bytes -> {
                  if (bytes.length >= 4) {
                    ByteBuffer.wrap(bytes).putInt(Cases.SPI);
                  }
                  return bytes;
                });
    return packet.list().ofMinSize(1).ofMaxSize(40);
  }
}
