package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.Cases.Case;
import dev.twinspan.ffi.crypto.Vectors.Opened;
import dev.twinspan.ffi.crypto.Vectors.Sealed;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TSO and USO super-packets: every segment taken apart and checked field by field. */
class EspSegmentationTest {
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldCutSuperPacketsAsTheKernelWould(Case c) {
    Random random = new Random(3);
    List<InnerPacket> packets = new ArrayList<>();
    for (boolean v4 : new boolean[] {true, false}) {
      for (boolean tcp : new boolean[] {true, false}) {
        int most = 65535 - 100;
        for (int payload : new int[] {0, 1, 99, 100, 101, 1348, 1349, 10 * 1348, most}) {
          packets.add(InnerPacket.of(v4, tcp, payload, payload < 1000 ? 100 : 1348, random));
        }
      }
    }
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspEncryptor oracle = c.oracle().encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      List<Sealed> sealed = vectors.encapsulate(encryptor, packets, c.firstSequence());
      List<Sealed> expected = vectors.encapsulate(oracle, packets, c.firstSequence());
      for (int n = 0; n < packets.size(); n++) {
        InnerPacket packet = packets.get(n);
        assertThat(sealed.get(n).count()).isEqualTo(packet.segments());
        assertThat(sealed.get(n).packets()).containsExactlyElementsOf(expected.get(n).packets());
        List<Opened> opened =
            vectors.decapsulate(decryptor, sealed.get(n).packets(), c.sequenceHigh());
        for (int i = 0; i < opened.size(); i++) {
          assertThat(opened.get(i).status()).isEqualTo(DecapVector.STATUS_OK);
          assertThat(opened.get(i).checksum()).isEqualTo(DecapVector.CHECKSUM_GOOD);
          assertThat(packet.faultsOf(opened.get(i).inner(), i)).isEmpty();
        }
      }
    }
  }

  /** Around every width of vector a copy or a sum may be done in. */
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldCutSegmentsOfEverySize(Case c) {
    Random random = new Random(6);
    List<InnerPacket> packets = new ArrayList<>();
    for (int size = 1; size <= 140; size++) {
      boolean v4 = random.nextBoolean();
      packets.add(InnerPacket.of(v4, random.nextBoolean(), 2 * size + size / 2, size, random));
    }
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspEncryptor oracle = c.oracle().encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      List<Sealed> sealed = vectors.encapsulate(encryptor, packets, c.firstSequence());
      List<Sealed> expected = vectors.encapsulate(oracle, packets, c.firstSequence());
      for (int n = 0; n < packets.size(); n++) {
        List<byte[]> esp = sealed.get(n).packets();
        assertThat(esp).containsExactlyElementsOf(expected.get(n).packets());
        List<Opened> opened = vectors.decapsulate(decryptor, esp, c.sequenceHigh());
        for (int i = 0; i < opened.size(); i++) {
          assertThat(opened.get(i).checksum()).isEqualTo(DecapVector.CHECKSUM_GOOD);
          assertThat(packets.get(n).faultsOf(opened.get(i).inner(), i)).isEmpty();
        }
      }
    }
  }

  /** virtio_net_hdr.csum_start is the kernel's word: an odd one must not shift the sum's octets. */
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldCompleteAChecksumThatBeginsAnywhere(Case c) {
    InnerPacket packet = InnerPacket.of(true, true, 131, 0, new Random(7));
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspEncryptor oracle = c.oracle().encryptor()) {
      int length = packet.bytes().length;
      for (int start = 20; start <= length - 2; start++) {
        List<byte[]> sealed = new ArrayList<>();
        for (EspEncryptor each : List.of(encryptor, oracle)) {
          MemorySegment vector = vectors.encapVector(1);
          vectors.set(vector, 0, packet, 400, c.firstSequence() + start);
          vector.set(ValueLayout.JAVA_SHORT_UNALIGNED, 16, (short) start);
          vector.set(ValueLayout.JAVA_SHORT_UNALIGNED, 18, (short) (length - 2 - start));
          assertThat(each.encapsulate(vector, 1)).isEqualTo(1);
          sealed.add(Vectors.sealed(vector, 0).packets().getFirst());
        }
        assertThat(sealed.getFirst()).isEqualTo(sealed.getLast());
      }
    }
  }

  /** A GSO packet whose checksum was already complete (CHECKSUM_UNNECESSARY) is cut as well. */
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRecomputeTheChecksumWhenTheKernelLeftNone(Case c) {
    InnerPacket packet = InnerPacket.of(false, true, 5000, 1200, new Random(4));
    packet.bytes()[packet.l4() + 16] ^= 0x5a; // no pseudo-header's sum any more
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      MemorySegment vector = vectors.encapVector(1);
      vectors.set(vector, 0, packet, 8000, c.firstSequence());
      vector.set(ValueLayout.JAVA_INT_UNALIGNED, 20, EncapVector.FLAG_SEGMENT_TCP);
      vector.set(ValueLayout.JAVA_SHORT_UNALIGNED, 14, (short) 0);

      assertThat(encryptor.encapsulate(vector, 1)).isEqualTo(1);

      List<byte[]> packets = Vectors.sealed(vector, 0).packets();
      List<Opened> opened = vectors.decapsulate(decryptor, packets, c.sequenceHigh());
      assertThat(opened).hasSize(5);
      for (int i = 0; i < opened.size(); i++) {
        assertThat(packet.faultsOf(opened.get(i).inner(), i)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldNumberSegmentsWithoutGapAcrossEntries(Case c) {
    Random random = new Random(5);
    List<InnerPacket> packets =
        List.of(
            InnerPacket.of(true, true, 4000, 1000, random),
            InnerPacket.of(true, false, 300, 0, random),
            InnerPacket.of(false, false, 2500, 1200, random));
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor()) {
      List<Integer> sequences = new ArrayList<>();
      for (Sealed sealed : vectors.encapsulate(encryptor, packets, c.firstSequence())) {
        for (byte[] packet : sealed.packets()) {
          sequences.add(ByteBuffer.wrap(packet).getInt(4));
        }
      }
      int first = (int) c.firstSequence();
      assertThat(sequences)
          .containsExactly(
              first, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6, first + 7);
    }
  }
}
