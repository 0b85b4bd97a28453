package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.Cases.Case;
import dev.twinspan.ffi.crypto.Vectors.Opened;
import dev.twinspan.ffi.crypto.Vectors.Sealed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each back-end against the JDK's ciphers, byte for byte. */
class EspOracleTest {
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldGiveTheOraclesBytesForEverySize(Case c) {
    Random random = new Random(1);
    List<InnerPacket> packets =
        IntStream.rangeClosed(0, 1480)
            .mapToObj(payload -> InnerPacket.of(payload % 3 != 0, false, payload, 0, random))
            .toList();
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspEncryptor oracle = c.oracle().encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      List<byte[]> sealed = flat(vectors.encapsulate(encryptor, packets, c.firstSequence()));
      List<byte[]> expected = flat(vectors.encapsulate(oracle, packets, c.firstSequence()));

      assertThat(sealed).containsExactlyElementsOf(expected);
      List<Opened> opened = vectors.decapsulate(decryptor, sealed, c.sequenceHigh());
      for (int i = 0; i < packets.size(); i++) {
        assertThat(opened.get(i).status()).isEqualTo(DecapVector.STATUS_OK);
        assertThat(opened.get(i).nextHeader()).isEqualTo(packets.get(i).v4() ? 4 : 41);
        assertThat(opened.get(i).checksum()).isEqualTo(DecapVector.CHECKSUM_GOOD);
        assertThat(packets.get(i).faultsOf(opened.get(i).inner(), 0)).isEmpty();
      }
    }
  }

  /** Libraries take other ways for few packets than for many. */
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldGiveTheSameBytesForEveryLengthOfQueue(Case c) {
    Random random = new Random(2);
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspEncryptor oracle = c.oracle().encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      long sequence = c.firstSequence();
      for (int queue = 1; queue <= 150; queue += queue < 35 ? 1 : 23) {
        List<InnerPacket> packets =
            IntStream.range(0, queue)
                .mapToObj(_ -> InnerPacket.of(true, true, random.nextInt(400), 0, random))
                .toList();
        List<byte[]> sealed = flat(vectors.encapsulate(encryptor, packets, sequence));
        assertThat(sealed)
            .containsExactlyElementsOf(flat(vectors.encapsulate(oracle, packets, sequence)));
        assertThat(vectors.decapsulate(decryptor, sealed, c.sequenceHigh()))
            .allMatch(o -> o.status() == DecapVector.STATUS_OK);
        sequence += queue;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldSendAndKnowDummyPackets(Case c) {
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      for (int length : new int[] {0, 1, 2, 3, 100, 1400}) {
        byte[] filler = new byte[length];
        new Random(length).nextBytes(filler);
        var vector = vectors.encapVector(1);
        int room = c.transform().packetLength(length);
        long in = vectors.buffer(filler).address();
        long out = vectors.buffer(room).address();
        int dummy = EncapVector.FLAG_DUMMY;
        long sequence = c.firstSequence() + length;
        EncapVector.set(vector, 0, in, length, 0, 0, 0, 0, dummy, out, room, sequence);

        assertThat(encryptor.encapsulate(vector, 1)).isEqualTo(1);

        byte[] packet = Vectors.sealed(vector, 0).packets().getFirst();
        Opened opened = vectors.decapsulate(decryptor, packet, c.sequenceHigh());
        assertThat(opened.nextHeader()).isEqualTo(59);
        assertThat(opened.inner()).isEqualTo(filler);
        assertThat(opened.checksum()).isEqualTo(DecapVector.CHECKSUM_UNKNOWN);
      }
    }
  }

  private static List<byte[]> flat(List<Sealed> sealed) {
    List<byte[]> packets = new ArrayList<>();
    sealed.forEach(s -> packets.addAll(s.packets()));
    return packets;
  }
}
