package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePagesTest {
  private static final int BYTES = 1 << 20;

  @TempDir private Path folder;

  @Test
  void shouldReleaseWhatIsMappedAndGetItBack() throws IOException {
    byte[] content = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      content[i] = (byte) (i * 31 + i / 4096);
    }
    Path file = Files.write(folder.resolve("released"), content);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, BYTES, arena);
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
      assertThat(resident(file)).isEqualTo(BYTES);

      assertThat(FilePages.release(file.toString()::equals)).isEqualTo(BYTES);

      assertThat(resident(file)).isZero();
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
    }
  }

  @Test
  void shouldLeaveAloneWhatMayBeWritten() throws IOException {
    Path file = Files.write(folder.resolve("kept"), new byte[BYTES]);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.PRIVATE, 0, BYTES, arena);
      mapped.fill((byte) 7);

      assertThat(FilePages.release(file.toString()::equals)).isZero();

      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
    }
  }

  @Test
  void shouldTakeOnlyWhatIsAsInItsFile() {
    List<String> smaps =
        """
        7f0000000000-7f0000004000 r-xp 00001000 fe:00 17                         /opt/a b/lib.so
        Rss:                   8 kB
        Anonymous:             0 kB
        Locked:                0 kB
        VmFlags: rd ex mr mw me
        7f0000004000-7f0000008000 r--p 00005000 fe:00 17                         /opt/a b/lib.so
        Rss:                  16 kB
        Anonymous:             4 kB
        Locked:                0 kB
        7f0000008000-7f000000c000 rw-p 00009000 fe:00 17                         /opt/a b/lib.so
        Rss:                  16 kB
        Anonymous:             0 kB
        7f000000c000-7f0000010000 r--p 00000000 00:00 0
        Rss:                  16 kB
        Anonymous:             0 kB
        7f0000010000-7f0000014000 r--p 00000000 00:00 0                          [vvar]
        Rss:                  16 kB
        7f0000014000-7f0000018000 r--s 00000000 fe:00 18                         /opt/locked
        Rss:                  16 kB
        Locked:               16 kB
        7f0000018000-7f000001c000 r--s 00000000 fe:00 19                         /opt/untouched
        Rss:                   0 kB
        ffffffff00000000-ffffffff00001000 r--s 00000000 fe:00 20                 /opt/last
        Rss:                   4 kB
        """
            .lines()
            .toList();

    assertThat(FilePages.untouchable(smaps))
        .containsExactly(
            new FilePages.Mapping(0x7f0000000000L, 0x4000, "/opt/a b/lib.so", 8192),
            new FilePages.Mapping(0xffffffff00000000L, 0x1000, "/opt/last", 4096));
  }

  private static long resident(Path file) throws IOException {
    return FilePages.untouchable(Files.readAllLines(Path.of("/proc/self/smaps"))).stream()
        .filter(mapping -> mapping.path().equals(file.toString()))
        .mapToLong(FilePages.Mapping::resident)
        .sum();
  }
}
