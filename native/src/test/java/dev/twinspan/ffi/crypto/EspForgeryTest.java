package dev.twinspan.ffi.crypto;

import static dev.twinspan.ffi.crypto.DecapVector.STATUS_AUTHENTICATION_FAILED;
import static dev.twinspan.ffi.crypto.DecapVector.STATUS_BAD_LENGTH;
import static dev.twinspan.ffi.crypto.DecapVector.STATUS_BAD_PADDING;
import static dev.twinspan.ffi.crypto.DecapVector.STATUS_OK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.Cases.Case;
import dev.twinspan.ffi.crypto.Vectors.Opened;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a hostile or broken peer can put into an ESP packet. */
class EspForgeryTest {
  private static final InnerPacket INNER = InnerPacket.of(true, true, 100, 0, new Random(6));

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRefuseAChangeOfAnyByte(Case c) {
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      byte[] packet = packet(c, vectors);
      List<byte[]> forged = new ArrayList<>();
      for (int i = 0; i < packet.length; i++) {
        byte[] copy = packet.clone();
        copy[i] ^= (byte) (1 << i % 8);
        forged.add(copy);
      }
      assertThat(vectors.decapsulate(decryptor, forged, c.sequenceHigh()))
          .allMatch(o -> o.status() == STATUS_AUTHENTICATION_FAILED && o.inner().length == 0);
      for (byte[] one : forged.subList(0, 12)) {
        assertThat(vectors.decapsulate(decryptor, one, c.sequenceHigh()).status())
            .isEqualTo(STATUS_AUTHENTICATION_FAILED);
      }
      assertThat(vectors.decapsulate(decryptor, packet, c.sequenceHigh()).status())
          .isEqualTo(STATUS_OK);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldAuthenticateTheHighSequenceOnlyWithEsn(Case c) {
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      byte[] packet = packet(c, vectors);
      assertThat(vectors.decapsulate(decryptor, packet, c.sequenceHigh() + 1).status())
          .isEqualTo(c.esn() ? STATUS_AUTHENTICATION_FAILED : STATUS_OK);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldLeaveNoPlaintextOfAForgery(Case c) {
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      byte[] packet = packet(c, vectors);
      packet[packet.length - 1] ^= 1;
      MemorySegment in = vectors.buffer(packet);
      MemorySegment vector = vectors.buffer(DecapVector.ENTRY_SIZE);
      DecapVector.set(vector, 0, in.address(), packet.length, c.sequenceHigh());

      assertThat(decryptor.decapsulate(vector, 1)).isZero();

      String left = HexFormat.of().formatHex(Vectors.bytes(in.address(), packet.length));
      byte[] inner = Arrays.copyOfRange(INNER.bytes(), 60, 76);
      assertThat(left).doesNotContain(HexFormat.of().formatHex(inner));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRefuseTruncationAtEveryLength(Case c) {
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      byte[] packet = packet(c, vectors);
      List<byte[]> cut = new ArrayList<>();
      for (int length = 0; length < packet.length; length++) {
        cut.add(Arrays.copyOf(packet, length));
      }
      List<Opened> opened = vectors.decapsulate(decryptor, cut, c.sequenceHigh());
      int overhead = 8 + c.transform().ivLength() + c.transform().icvLength();
      for (int length = 0; length < packet.length; length++) {
        int text = length - overhead;
        boolean fits = text > 0 && text % c.transform().alignment() == 0;
        assertThat(opened.get(length).status())
            .as("%d bytes", length)
            .isEqualTo(fits ? STATUS_AUTHENTICATION_FAILED : STATUS_BAD_LENGTH);
      }
    }
  }

  /** The ICV is right: only the peer itself can send these, but it may be broken or hostile. */
  @ParameterizedTest
  @MethodSource("dev.twinspan.ffi.crypto.Cases#all")
  void shouldRefuseHostilePadding(Case c) throws GeneralSecurityException {
    JceCipher cipher = JceCipher.of(c.transform(), c.key(), c.esn());
    byte[] text = new byte[64];
    text[63] = 4;
    List<byte[]> packets = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    for (int padding = 0; padding < 256; padding++) {
      text[62] = (byte) padding;
      packets.add(
          cipher.protect(Cases.SPI, c.firstSequence() + padding, text)); // zeros, not 1, 2 …
      expected.add(padding == 0 ? STATUS_OK : STATUS_BAD_PADDING);
    }
    for (int padding = 0; padding < 63; padding++) {
      packets.add(cipher.protect(Cases.SPI, c.firstSequence() + packets.size(), padded(padding)));
      expected.add(STATUS_OK);
      byte[] wrong = padded(Math.max(1, padding));
      wrong[61 - padding / 2] ^= 0x40;
      packets.add(cipher.protect(Cases.SPI, c.firstSequence() + packets.size(), wrong));
      expected.add(STATUS_BAD_PADDING);
    }
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      List<Integer> seen =
          vectors.decapsulate(decryptor, packets, c.sequenceHigh()).stream()
              .map(Opened::status)
              .toList();
      assertThat(seen).isEqualTo(expected);
    }
  }

  private static byte[] padded(int padding) {
    byte[] text = new byte[64];
    for (int i = 0; i < padding; i++) {
      text[62 - padding + i] = (byte) (i + 1);
    }
    text[62] = (byte) padding;
    text[63] = 4;
    return text;
  }

  private static byte[] packet(Case c, Vectors vectors) {
    try (EspEncryptor encryptor = c.encryptor()) {
      return vectors
          .encapsulate(encryptor, List.of(INNER), c.firstSequence())
          .getFirst()
          .packets()
          .getFirst();
    }
  }
}
