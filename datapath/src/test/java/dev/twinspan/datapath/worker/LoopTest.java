package dev.twinspan.datapath.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.linux.UdpSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LoopTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  /** No more than a loop comes to that is given a processor for a moment of its second. */
  private static final int LOOKS = 20;

  private final CompletableFuture<Void> failure = new CompletableFuture<>();

  /**
   * Bulk one way may not hold up the packets of the other: neither in a second, which is when Netty
   * looks up from its tasks, nor in two turns.
   */
  @Test
  void shouldServeTheOtherDescriptorWhileOneHasAlwaysMore() throws Exception {
    Loop loop = new Loop("test-loop", Duration.ZERO, failure);
    try (UdpSocket busy = socket();
        UdpSocket other = socket();
        DatagramChannel sender = DatagramChannel.open()) {
      Busy bulk = new Busy(() -> send(sender, other));
      loop.watch(other.fd(), bulk::otherTurn);
      loop.watch(busy.fd(), bulk::turn);
      send(sender, busy);

      assertThat(bulk.waited.get(30, TimeUnit.SECONDS)).isLessThanOrEqualTo(2);
      assertThat(failure).isNotDone();
    } finally {
      loop.stop();
    }
  }

  /** What is silent never becomes readable; it is looked at as long as the other one's packet. */
  @Test
  void shouldGoOnLookingAsLongAsAskedFor() throws Exception {
    Loop loop = new Loop("test-loop", Duration.ofSeconds(1), failure);
    try (UdpSocket readable = socket();
        UdpSocket silent = socket();
        DatagramChannel sender = DatagramChannel.open()) {
      AtomicLong looks = new AtomicLong();
      CompletableFuture<Void> often = new CompletableFuture<>();
      loop.watch(readable.fd(), () -> false);
      loop.watch(
          silent.fd(),
          () -> {
            if (looks.incrementAndGet() == LOOKS) {
              often.complete(null);
            }
            return false;
          });
      assertThat(looks).hasValue(0);

      send(sender, readable);
      often.get(30, TimeUnit.SECONDS);
      // It sleeps some time.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      for (long before = 0; looks.get() != before; ) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        before = looks.get();
        Thread.sleep(200);
      }
      assertThat(failure).isNotDone();
    } finally {
      loop.stop();
    }
  }

  /** Of its thread and no other; less weight is given without privileges. */
  @Test
  void shouldTakeTheNiceValueAskedFor() {
    Loop loop = new Loop("test-loop", Duration.ZERO, failure);
    try {
      int before = nice();
      assertThat(loop.nice(before + 2)).isZero();

      CompletableFuture<Integer> inLoop = new CompletableFuture<>();
      loop.execute(() -> inLoop.complete(nice())).join();
      assertThat(inLoop).isCompletedWithValue(before + 2);
      assertThat(nice()).isEqualTo(before);
    } finally {
      loop.stop();
    }
  }

  /** Field 19 of proc_pid_stat(5). */
  private static int nice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has always more to do until the other one, made readable at some time, had a turn. */
  private static final class Busy {
    private static final int BEFORE = 1000;

    final CompletableFuture<Integer> waited = new CompletableFuture<>();
    private final Runnable makeOtherReadable;
    private int turns;

    Busy(Runnable makeOtherReadable) {
      this.makeOtherReadable = makeOtherReadable;
    }

    boolean turn() {
      if (++turns == BEFORE) {
        makeOtherReadable.run();
      }
      return !waited.isDone();
    }

    boolean otherTurn() {
      if (turns >= BEFORE) {
        waited.complete(turns - BEFORE);
      }
      return false;
    }
  }

  @Test
  void shouldTellOfADutyThatThrowsAndGoOnWithTheOthers() throws Exception {
    Loop loop = new Loop("test-loop", Duration.ZERO, failure);
    try (UdpSocket broken = socket();
        UdpSocket sound = socket();
        DatagramChannel sender = DatagramChannel.open()) {
      CompletableFuture<Void> served = new CompletableFuture<>();
      loop.watch(
          broken.fd(),
          () -> {
            throw new IllegalStateException("planned");
          });
      loop.watch(
          sound.fd(),
          () -> {
            served.complete(null);
            return false;
          });
      send(sender, broken);
      assertThat(failure.handle((_, fault) -> fault.getMessage()).get(30, TimeUnit.SECONDS))
          .isEqualTo("planned");
      send(sender, sound);
      served.get(30, TimeUnit.SECONDS);
    } finally {
      loop.stop();
    }
  }

  private static UdpSocket socket() {
    return UdpSocket.open(new UdpSocket.Options(ANY_PORT, 0, false, 0));
  }

  private static void send(DatagramChannel from, UdpSocket to) {
    try {
      from.send(ByteBuffer.wrap(new byte[1]), to.localAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
