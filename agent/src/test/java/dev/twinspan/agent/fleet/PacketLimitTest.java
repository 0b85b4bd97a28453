package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketLimitTest {
  private static final int MOST = 70_000;

  private static byte[] packet(int length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30);
    int rest = length;
    do {
      out.write(rest > 127 ? rest & 0x7f | 0x80 : rest);
      rest >>>= 7;
    } while (rest > 0);
    for (int i = 0; i < length; i++) {
      out.write(0xff); // would be a length without an end
    }
    return out.toByteArray();
  }

  /** Whatever pieces it is read in. */
  @Test
  void shouldLetThroughWhatFits() throws IOException {
    Random random = new Random(7);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int length : new int[] {0, 1, 127, 128, 16_383, 16_384, MOST, 0, 2}) {
      all.writeBytes(packet(length));
    }
    for (int round = 0; round < 50; round++) {
      InputStream in = new PacketLimit(new ByteArrayInputStream(all.toByteArray()), MOST);
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      byte[] piece = new byte[1 + random.nextInt(9_000)];
      while (true) {
        int octet = random.nextInt(10) == 0 ? in.read() : -2;
        int got = octet == -2 ? in.read(piece) : 0;
        if (octet == -1 || got < 0) {
          break;
        }
        if (octet >= 0) {
          read.write(octet);
        }
        read.write(piece, 0, Math.max(got, 0));
      }
      assertThat(read.toByteArray()).isEqualTo(all.toByteArray());
    }
  }

  /** Before anybody could make room for it. */
  @Test
  void shouldEndAtTheHeaderOfWhatDoesNot() throws IOException {
    byte[] large = packet(MOST + 1);
    InputStream in = new PacketLimit(new ByteArrayInputStream(large), MOST);
    for (int i = 0; i < 3; i++) {
      in.read();
    }
    assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessageContaining("70001");
    byte[] endless = {0x30, -1, -1, -1, -1, 1};
    assertThatThrownBy(
            () ->
                new PacketLimit(new ByteArrayInputStream(endless), Long.MAX_VALUE)
                    .read(new byte[6]))
        .isInstanceOf(IOException.class);
  }
}
