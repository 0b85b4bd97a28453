package dev.twinspan.agent.cli;

import dev.twinspan.ffi.linux.FilePages;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back, once, what the start has touched of the runtime's files: some 15 of the 150 MB that
 * an idle agent is seen with, never looked at again. What is needed comes back from the kernel's
 * cache within microseconds. One thread.
 */
final class StartPages {
  private static final Logger LOG = LoggerFactory.getLogger(StartPages.class);

  /** Until tunnels are up and what they run is compiled. */
  private static final Duration AFTER = Duration.ofSeconds(50);

  /** All mapped before the first packet: nobody is loading them any more. */
  private static final Set<String> FILES =
      Set.of("modules", "libjvm.so", "libtwinspan_esp.so", "twinspan.aot");

  private final long due = System.nanoTime() + AFTER.toNanos();
  private boolean done;

  /** To be called now and then. */
  void look() {
    if (done || System.nanoTime() - due < 0) {
      return;
    }
    done = true;
    try {
      long released =
          FilePages.release(path -> FILES.contains(path.substring(path.lastIndexOf('/') + 1)));
      LOG.debug("{} bytes of the runtime's files given back", released);
    } catch (IOException e) {
      LOG.debug("what the start touched of the runtime's files stays", e);
    }
  }
}
