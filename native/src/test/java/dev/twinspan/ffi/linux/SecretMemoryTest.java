package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretMemoryTest {
  @Test
  void shouldBeZeroAndWritableAndExactlyAsLong() {
    try (SecretMemory memory = SecretMemory.allocate(5000)) {
      MemorySegment segment = memory.segment();

      assertThat(segment.byteSize()).isEqualTo(5000);
      assertThat(segment.mismatch(MemorySegment.ofArray(new byte[5000]))).isEqualTo(-1);
      segment.fill((byte) 0x5a);
      assertThat(segment.get(Abi.U8, 4999)).isEqualTo((byte) 0x5a);
    }
  }

  /** What is claimed is what the kernel's own list of mappings says. */
  @Test
  void shouldHideThePagesAsFarAsItClaims() throws IOException {
    try (SecretMemory memory = SecretMemory.allocate(64)) {
      String mapping = mappingOf(memory.segment().address());
      switch (memory.protection()) {
        case SECRET -> {
          assertThat(mapping).contains("secretmem");
          assertThat(memory.reason()).contains("memfd_secret");
        }
        case LOCKED -> {
          // "lo": locked, "dd": not dumped.
          assertThat(mapping).containsPattern("VmFlags:.* lo").containsPattern("VmFlags:.* dd");
          assertThat(memory.reason()).contains("locked in RAM", "memfd_secret refused");
        }
        case PLAIN -> assertThat(memory.reason()).contains("mlock refused", "LimitMEMLOCK");
      }
    }
  }

  @Test
  void shouldBeGoneAfterClose() throws IOException {
    SecretMemory memory = SecretMemory.allocate(64);
    long address = memory.segment().address();

    memory.close();
    memory.close();

    assertThat(mappingOf(address)).doesNotContain("secretmem");
    assertThatThrownBy(memory::segment).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldRefuseASizeThatCannotBe() {
    assertThatThrownBy(() -> SecretMemory.allocate(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 bytes");
  }

  /** The lines of /proc/self/smaps of the mapping that starts there. */
  private static String mappingOf(long address) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    String start = Long.toHexString(address) + "-";
    StringBuilder mapping = new StringBuilder();
    boolean inside = false;
    for (String line : lines) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        inside = line.startsWith(start);
      }
      if (inside) {
        mapping.append(line).append('\n');
      }
    }
    return mapping.toString();
  }
}
