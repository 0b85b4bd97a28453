package dev.twinspan.agent.bench;

import java.io.UncheckedIOException;

/**
 * Whether the JVM's compilers have done their work: code of their first level takes three times as
 * long, and on a busy machine the last level is late. In a native image there is nothing to wait
 * for.
 */
final class WarmUp {
  /** The name in /proc is cut to 15 characters: "C1 CompilerThread0", "C2 CompilerThread0". */
  private static final String COMPILER = "CompilerThre";

  /** Of the time, what compilers take that only look after this and that. */
  private static final double IDLE = 0.02;

  /** So often at most, where others keep the compilers waiting. */
  private static final int PATIENCE = 12;

  /** What is to be warm. */
  interface Pass<E extends Exception> {
    void run() throws E;
  }

  private long spent = compilers();
  private long looked = System.nanoTime();

  private WarmUp() {}

  /** Does it once, and on until the compilers were idle during all of it. */
  static <E extends Exception> void with(Pass<E> pass) throws E {
    WarmUp compilers = new WarmUp();
    int passes = 0;
    do {
      pass.run();
      passes++;
    } while (!compilers.idle() && passes < PATIENCE);
  }

  /** Whether they were idle since the last look. */
  private boolean idle() {
    long now = System.nanoTime();
    long since = compilers();
    boolean idle = since - spent < (now - looked) * IDLE;
    spent = since;
    looked = now;
    return idle;
  }

  /** Time on a processor until now; one that has ended for want of work is not counted. */
  private static long compilers() {
    long nanos = 0;
    for (LoopThread thread : LoopThread.all()) {
      if (thread.name().contains(COMPILER)) {
        try {
          nanos += thread.time().nanos();
        } catch (UncheckedIOException _) {
          // It ended while we looked.
        }
      }
    }
    return nanos;
  }
}
