package dev.twinspan.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.ike.IkeAction.IkeKeyed;
import dev.twinspan.agent.ike.IkeAction.InstallChild;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.datapath.capture.CaptureRing.Kind;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.ffi.crypto.EspTransform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureTest {
  private static final InetSocketAddress HERE = new InetSocketAddress("198.51.100.7", 4500);
  private static final InetSocketAddress THERE = new InetSocketAddress("203.0.113.10", 4500);

  private final ByteBuffer chunk = ByteBuffer.allocate(Capture.CHUNK);
  private final ByteArrayOutputStream all = new ByteArrayOutputStream();

  private static CaptureRequest request(long seconds, long packets) {
    return new CaptureRequest(null, true, true, true, 65535, seconds, packets, "root");
  }

  private PcapngReader drained(Capture capture) throws IOException {
    boolean more = true;
    while (more) {
      more = capture.drain(chunk.clear());
      all.write(chunk.array(), 0, chunk.position());
    }
    PcapngReader reader = new PcapngReader(new ByteArrayInputStream(all.toByteArray()));
    while (reader.next()) {}
    return reader;
  }

  private static void ike(Capture capture, int times) {
    for (int i = 0; i < times; i++) {
      capture.ike(true, 0, HERE, THERE, new byte[1000], System.nanoTime());
    }
  }

  @Test
  void shouldEndByItselfWhenItHasItsPackets() throws IOException {
    Capture capture = new Capture(request(60, 3), PacketTap.ALL);
    ike(capture, 5);
    PcapngReader read = drained(capture);
    assertThat(read.packets()).isEqualTo(3);
    assertThat(read.isComplete()).isTrue();
    assertThat(capture.isFinished()).isTrue();
    assertThat(capture.ended()).isEqualTo("it has its packets");
  }

  @Test
  void shouldEndByItselfWhenItsTimeIsOver() throws IOException {
    Capture capture = new Capture(request(0, Long.MAX_VALUE), PacketTap.ALL);
    assertThat(drained(capture).isComplete()).isTrue();
    assertThat(capture.ended()).isEqualTo("its time is over");
  }

  @Test
  void shouldHandOnWhatWasCapturedBeforeItEnded() throws IOException {
    Capture capture = new Capture(request(60, Long.MAX_VALUE), PacketTap.ALL);
    ike(capture, 300); // more than one chunk holds
    capture.end("enough");
    PcapngReader read = drained(capture);
    assertThat(read.packets(Kind.IKE)).isEqualTo(300);
    assertThat(capture.isFinished()).isTrue();
    assertThat(read.dropped()).isZero();
  }

  @Test
  void shouldTellHowManyFoundNoRoom() throws IOException {
    Capture capture = new Capture(request(60, Long.MAX_VALUE), PacketTap.ALL);
    ike(capture, 1000);
    capture.end("enough");
    PcapngReader read = drained(capture);
    assertThat(read.dropped(Kind.IKE)).isPositive();
    assertThat(read.packets() + read.dropped()).isEqualTo(1000);
    assertThat(capture.kept()).isEqualTo(read.packets());
  }

  @Test
  void shouldWriteKeysAsWiresharkReadsThem() {
    IkeCipher gcm = new IkeCipher(IkeCipher.Encryption.AES_GCM_16, 256, IkeCipher.Integrity.NONE);
    byte[] key = HexFormat.of().parseHex("ab".repeat(36));
    ProtectionKeys keys = new ProtectionKeys(gcm, key, new byte[0]);
    assertThat(WiresharkKeys.ike(new IkeKeyed("p", 1, -1, keys, keys)))
        .asString()
        .isEqualTo(
            "0000000000000001,ffffffffffffffff,%1$s,%1$s,".formatted("ab".repeat(36))
                + "\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n");
    assertThat(WiresharkKeys.esp(child(EspTransform.AES_CBC_128_SHA1_96, false)).length)
        .isLessThan(512);
    assertThat(WiresharkKeys.esp(child(EspTransform.AES_CBC_128_SHA1_96, false)))
        .asString()
        .startsWith(
            "\"IPv4\",\"*\",\"*\",\"0xc0ffee01\",\"AES-CBC [RFC3602]\",\"0x%s\","
                    .formatted("01".repeat(16))
                + "\"HMAC-SHA-1-96 [RFC2404]\",\"0x%s\"\n".formatted("01".repeat(20)));
    assertThat(WiresharkKeys.esp(child(EspTransform.AES_GCM_256, true)))
        .asString()
        .endsWith(
            "\"0x00000102\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x%s\",\"NULL\",\"\",\"64-bit\",\"0\"\n"
                .formatted("02".repeat(36)));
  }

  private static InstallChild child(EspTransform transform, boolean esn) {
    byte[] in = new byte[transform.keyMaterialLength()];
    byte[] out = in.clone();
    Arrays.fill(in, (byte) 1);
    Arrays.fill(out, (byte) 2);
    return new InstallChild(
        "p",
        0xc0ffee01,
        0x102,
        transform,
        esn,
        in,
        out,
        List.of(),
        List.of(),
        HERE,
        THERE,
        true,
        0,
        0);
  }

  @Test
  void shouldHandKeysToTheFolderAndNotIntoTheFile(@TempDir Path folder) throws IOException {
    Capture capture = new Capture(request(60, Long.MAX_VALUE), PacketTap.ALL);
    capture.keys(child(EspTransform.AES_GCM_256, false));
    capture.end("enough");
    PcapngReader reader;
    capture.drain(chunk);
    assertThat(capture.isFinished()).isTrue();
    reader = new PcapngReader(new ByteArrayInputStream(chunk.array(), 0, chunk.position()));
    Path keys = folder.resolve("keys");
    try (KeyFolder into = KeyFolder.open(keys)) {
      while (reader.next()) {
        if (reader.secretsType() != 0) {
          into.add(reader.secretsType(), reader.secrets());
        }
      }
      assertThat(into.childSas()).isEqualTo(1);
    }
    assertThat(keys.resolve("esp_sa")).content().contains("0xc0ffee01").contains("02".repeat(36));
    assertThat(keys.resolve("ikev2_decryption_table")).isEmptyFile();
    assertThat(keys.resolve("preferences")).content().contains("esp.enable_encryption_decode");
    for (String name : List.of("esp_sa", "ikev2_decryption_table")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys.resolve(name))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void shouldRefuseAFolderThatOthersMayRead(@TempDir Path folder) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
    assertThatThrownBy(() -> KeyFolder.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rwxr-x---")
        .hasMessageContaining("rwx------");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> KeyFolder.open(file)).hasMessageContaining("no folder");
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), own);
    assertThatThrownBy(() -> KeyFolder.open(link)).hasMessageContaining("no folder");
    KeyFolder.open(own).close();
    assertThat(own.resolve("esp_sa")).isEmptyFile();
  }
}
