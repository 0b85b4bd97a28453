package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ThreadPriorityTest {
  /** Field 19 of proc_pid_stat(5). */
  private static int nice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In a thread of its own: who is nice stays nice. */
  private static int niceAfter(int... values) {
    CompletableFuture<Integer> nice = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                for (int value : values) {
                  int _ = ThreadPriority.set(value);
                }
                nice.complete(nice());
              } catch (RuntimeException | Error e) {
                nice.completeExceptionally(e);
              }
            });
    return nice.join();
  }

  @Test
  void shouldSetItForTheCallingThreadAlone() {
    int own = nice();

    assertThat(niceAfter(own + 3)).isEqualTo(own + 3);
    assertThat(nice()).isEqualTo(own);
  }

  @Test
  void shouldTellWhenTheKernelRefuses() {
    CompletableFuture<Integer> errno = new CompletableFuture<>();
    Thread.ofPlatform().start(() -> errno.complete(ThreadPriority.set(-1)));

    // Root, and who has CAP_SYS_NICE, may; others may not.
    assertThat(errno.join()).isIn(0, Errno.EACCES);
  }
}
