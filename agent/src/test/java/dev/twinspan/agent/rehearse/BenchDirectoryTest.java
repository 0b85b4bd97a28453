package dev.twinspan.agent.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BenchDirectoryTest {
  /** Nobody else's, and so are the leftovers. */
  private static final String PREFIX = "twinspan-test-" + ProcessHandle.current().pid() + "-";

  /** Above what the kernel gives out. */
  private static final long NOBODY = (1L << 22) + 1;

  private static final int BENCHES = 4;

  @Test
  void shouldBeMadeWhileOthersRemoveTheSameLeftovers() throws Exception {
    for (int round = 0; round < 10; round++) {
      Path left = leftover(round);
      CyclicBarrier together = new CyclicBarrier(BENCHES);
      Callable<BenchDirectory> making =
          () -> {
            together.await();
            return BenchDirectory.create(PREFIX);
          };
      try (ExecutorService threads = Executors.newFixedThreadPool(BENCHES)) {
        List<Future<BenchDirectory>> made = new ArrayList<>();
        for (int i = 0; i < BENCHES; i++) {
          made.add(threads.submit(making));
        }
        for (Future<BenchDirectory> one : made) {
          try (BenchDirectory directory = one.get()) {
            assertThat(directory.path()).isDirectory();
          }
        }
      }
      // None of them sees a file that another has left for good.
      assertThat(left).doesNotExist();
    }
  }

  private static Path leftover(int round) throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    Path left = temporary.resolve(PREFIX + NOBODY + "-" + round);
    for (int i = 0; i < 20; i++) {
      Path folder = Files.createDirectories(left.resolve("box" + i));
      for (int n = 0; n < 5; n++) {
        Files.writeString(folder.resolve("file" + n), "");
      }
    }
    return left;
  }
}
