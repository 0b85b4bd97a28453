package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import dev.twinspan.ffi.crypto.Cases.Case;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EspSaTest {
  private static final InnerPacket INNER = InnerPacket.of(true, true, 100, 0, new Random(7));

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldNeverUseASequenceNumberTwice(Case c) {
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor()) {
      assertThat(count(vectors, encryptor, 0)).isEqualTo(EncapVector.ERROR_SEQUENCE);
      assertThat(count(vectors, encryptor, 5)).isEqualTo(1);
      assertThat(count(vectors, encryptor, 5)).isEqualTo(EncapVector.ERROR_SEQUENCE);
      assertThat(count(vectors, encryptor, 4)).isEqualTo(EncapVector.ERROR_SEQUENCE);
      assertThat(count(vectors, encryptor, 6)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldStopBeforeTheSequenceNumberCycles(Case c) {
    InnerPacket two = InnerPacket.of(true, true, 100, 60, new Random(8));
    long last = c.esn() ? -1L : 0xffff_ffffL;
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor()) {
      assertThat(vectors.encapsulate(encryptor, List.of(two), last).getFirst().count())
          .isEqualTo(EncapVector.ERROR_SEQUENCE);
      assertThat(vectors.encapsulate(encryptor, List.of(two), last - 1).getFirst().count())
          .isEqualTo(2);
      assertThat(count(vectors, encryptor, last + 1)).isEqualTo(EncapVector.ERROR_SEQUENCE);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldLeaveOtherEntriesAloneWhenOneCannotBeDone(Case c) {
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      MemorySegment vector = vectors.encapVector(3);
      int room = c.transform().packetLength(INNER.bytes().length);
      vectors.set(vector, 0, INNER, room, c.firstSequence());
      vectors.set(vector, 1, INNER, room - 1, c.firstSequence() + 1);
      vectors.set(vector, 2, INNER, room, c.firstSequence() + 2);

      assertThat(encryptor.encapsulate(vector, 3)).isEqualTo(2);

      assertThat(EncapVector.count(vector, 1)).isEqualTo(EncapVector.ERROR_NO_ROOM);
      for (int i : new int[] {0, 2}) {
        byte[] packet = Vectors.sealed(vector, i).packets().getFirst();
        assertThat(vectors.decapsulate(decryptor, packet, c.sequenceHigh()).status()).isZero();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRefuseWorkAfterItsKeysAreClosed(Case c) {
    try (Vectors vectors = new Vectors()) {
      EspEncryptor encryptor = c.encryptor();
      EspDecryptor decryptor = c.decryptor();
      encryptor.close();
      encryptor.close();
      decryptor.close();
      assertThatThrownBy(() -> encryptor.encapsulate(vectors.encapVector(1), 1))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> decryptor.decapsulate(vectors.buffer(32), 1))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldSayWhatKeyLengthItWants(Case c) {
    byte[] tooShort = new byte[c.transform().keyMaterialLength() - 1];
    String lengths =
        "key material of %d bytes, expected %d".formatted(tooShort.length, tooShort.length + 1);
    assertThatThrownBy(() -> c.backend().encryptor(c.transform(), 1, tooShort, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(lengths);
    assertThatThrownBy(() -> c.backend().decryptor(c.transform(), 1, tooShort, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(lengths);
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRefuseAVectorShorterThanItsEntries(Case c) {
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      assertThatThrownBy(() -> encryptor.encapsulate(vectors.encapVector(1), 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> decryptor.decapsulate(vectors.buffer(32), -1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldAllocateNothingPerCall(Case c) {
    assumeThat(c.backend().name()).as("the last resort allocates").isNotEqualTo("jce");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      MemorySegment out = vectors.encapVector(1);
      vectors.set(out, 0, INNER, c.transform().packetLength(INNER.bytes().length), 1);
      MemorySegment in = vectors.buffer(DecapVector.ENTRY_SIZE);
      long packet = EncapVector.out(out, 0);
      long allocated = Long.MAX_VALUE;
      int calls = 4000;
      long sequence = 1;
      for (int round = 0; round < 10 && allocated >= calls; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < calls; i++) {
          out.set(ValueLayout.JAVA_LONG_UNALIGNED, 48, sequence++);
          encryptor.encapsulate(out, 1);
          DecapVector.set(in, 0, packet, EncapVector.lastLength(out, 0), 0);
          decryptor.decapsulate(in, 1);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(DecapVector.status(in, 0)).isZero();
      assertThat(allocated).as("bytes in %d calls, once compiled", calls).isLessThan(calls);
    }
  }

  private static int count(Vectors vectors, EspEncryptor encryptor, long sequence) {
    return vectors.encapsulate(encryptor, List.of(INNER), sequence).getFirst().count();
  }
}
