package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CryptoHelpersTest {
  /** Stands still unless a test moves it: nobody is held up. */
  private final AtomicLong clock = new AtomicLong(-1);

  private final CryptoHelpers helpers = new CryptoHelpers(3, 0, clock::get);

  @AfterEach
  void close() {
    helpers.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody came within 30 s");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Until every helper sleeps: the next call has to wake them. */
  private void rest() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
  }

  @Test
  void shouldDoEachPieceOnceHoweverManyCallsThereAre() {
    for (int call = 0; call < 10_000; call++) {
      int pieces = call % 37;
      AtomicIntegerArray done = new AtomicIntegerArray(pieces + 1);
      int[] plain = new int[pieces];
      helpers.share(
          (_, index) -> {
            plain[index] = index + 1; // what is written without a fence is there for the owner
            done.incrementAndGet(index);
          },
          pieces);
      for (int i = 0; i < pieces; i++) {
        if (done.get(i) != 1 || plain[i] != i + 1) {
          throw new AssertionError("call %d: %s, %d".formatted(call, done, plain[i]));
        }
      }
      if (call % 1000 == 0) {
        rest();
      }
    }
  }

  /** The first piece is the last to be done, and the call waits for it. */
  @Test
  void shouldWaitForAHelperThatIsBehind() {
    for (int call = 0; call < 100; call++) {
      CountDownLatch others = new CountDownLatch(7);
      int[] order = new int[8];
      AtomicInteger next = new AtomicInteger();
      helpers.share(
          (_, index) -> {
            if (index == 0) {
              await(others);
            }
            order[next.getAndIncrement()] = index;
            others.countDown();
          },
          8);
      assertThat(next).hasValue(8);
      assertThat(order[7]).isZero();
    }
  }

  /** So many pieces that wait for each other are under way at once. */
  @Test
  void shouldGiveEveryThreadWork() {
    for (int call = 0; call < 20; call++) {
      CountDownLatch all = new CountDownLatch(4);
      AtomicIntegerArray by = new AtomicIntegerArray(4);
      helpers.share(
          (who, _) -> {
            by.incrementAndGet(who);
            all.countDown();
            await(all);
          },
          4);
      assertThat(by.toString()).isEqualTo("[1, 1, 1, 1]");
      rest();
    }
  }

  @Test
  void shouldOutliveAPieceThatThrows() {
    for (int call = 0; call < 50; call++) {
      CountDownLatch all = new CountDownLatch(4);
      AtomicInteger done = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  helpers.share(
                      (who, _) -> {
                        all.countDown();
                        await(all); // so that each thread has one
                        done.incrementAndGet();
                        if (who == 2) {
                          throw new StackOverflowError("of a helper");
                        }
                      },
                      4))
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("of a helper");
      assertThat(done).hasValue(4);
    }
    shouldGiveEveryThreadWork();
  }

  /** Somebody else has the processor that a helper was to have. */
  @Test
  void shouldDoWithoutHelpersForAWhileWhenOneWasHeldUp() {
    CountDownLatch all = new CountDownLatch(4);
    Thread owner = Thread.currentThread();
    helpers.share(
        (who, _) -> {
          all.countDown();
          await(all);
          if (who == 3) {
            while (owner.getState() != Thread.State.WAITING) {
              Thread.onSpinWait();
            }
            clock.addAndGet(2_000_000);
          }
        },
        4);
    AtomicInteger helped = new AtomicInteger();
    for (int call = 0; call < 100; call++) {
      rest();
      helpers.share((who, _) -> helped.addAndGet(who), 50);
    }
    assertThat(helped).hasValue(0);
    clock.addAndGet(100_000_000);
    shouldGiveEveryThreadWork();
  }

  @Test
  void shouldServeSeveralOwnersAtOnceAndLetMoreDoTheirOwn() throws InterruptedException {
    int owners = 12; // there are 8 places
    CountDownLatch all = new CountDownLatch(owners);
    AtomicInteger done = new AtomicInteger();
    Thread[] threads = new Thread[owners];
    for (int i = 0; i < owners; i++) {
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    all.countDown();
                    await(all);
                    for (int call = 0; call < 500; call++) {
                      helpers.share((_, _) -> done.incrementAndGet(), 50);
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(done).hasValue(owners * 500 * 50);
  }

  /** The agent ends while packets are on their way: their owner does what is left. */
  @Test
  void shouldFinishACallWhenTheHelpersAreGone() {
    CountDownLatch closing = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  await(closing);
                  helpers.close();
                });
    for (int call = 0; call < 2000; call++) {
      if (call == 1000) {
        closing.countDown();
      }
      helpers.share((_, _) -> done.incrementAndGet(), 20);
    }
    assertThat(done).hasValue(2000 * 20);
    while (closer.isAlive()) {
      Thread.onSpinWait();
    }
    helpers.share((_, _) -> done.incrementAndGet(), 20);
    assertThat(done).hasValue(2001 * 20);
  }
}
