package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.KernelPair.End;
import dev.twinspan.datapath.KernelPair.Setup;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several loops at each end, and tunnels with one outer address between them: the kernel merges
 * their packets into one run, so that nearly everything that can come to another loop does.
 */
@Timeout(180)
class LoopsKernelTest {
  private static final Setup GCM = Setup.of(EspTransform.AES_GCM_256);
  private static final int FLOWS = 32;
  private static final int DATAGRAMS = 500;

  /** Fewer than any queue on the way holds: what is missing was lost by us. */
  private static final int ON_THE_WAY = 10;

  /** One-way flows, which the kernel spreads over the queues by hash alone. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void shouldDeliverEachFlowInOrderAndWhole(int loops) throws Exception {
    try (KernelPair pair = new KernelPair(GCM.withLoops(loops, 2))) {
      List<CompletableFuture<Void>> flows = new ArrayList<>();
      for (int i = 0; i < FLOWS; i++) {
        boolean back = i % 2 == 1;
        flows.add(flow(back ? pair.right : pair.left, back ? pair.left : pair.right));
      }
      for (CompletableFuture<Void> flow : flows) {
        flow.get(50, TimeUnit.SECONDS);
      }
      for (End end : List.of(pair.left, pair.right)) {
        counted(end, true); // what was sent is counted after it may have arrived,
        counted(end, false); // and what came after it may have been read
        for (TunnelCounters tunnel : end.datapath.counters().tunnels()) {
          assertThat(tunnel.out().packets()).isPositive();
          assertThat(tunnel.in().packets()).isPositive();
          assertThat(tunnel.in().lost()).isZero();
        }
        assertThat(end.datapath.counters().out().packets()).isEqualTo(sum(end, true));
        assertThat(end.datapath.counters().in().packets()).isEqualTo(sum(end, false));
      }
      assertThat(pair.lost()).isEmpty();
    }
  }

  private static void counted(End end, boolean out) {
    Counters counters = end.datapath.counters();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (sum(end, out) < (long) FLOWS / 2 * DATAGRAMS
        || sum(end, out) != (out ? counters.out() : counters.in()).packets()) {
      assertThat(System.nanoTime()).as("deadline of the counters").isLessThan(until);
      Thread.onSpinWait();
    }
  }

  private static long sum(End end, boolean out) {
    return end.datapath.counters().tunnels().stream()
        .mapToLong(tunnel -> (out ? tunnel.out() : tunnel.in()).packets())
        .sum();
  }

  /** Numbered datagrams of many sizes; the receiver lets the sender go on, not by the network. */
  private static CompletableFuture<Void> flow(End from, End to) throws Exception {
    InetAddress target = to.inner4;
    DatagramSocket server = to.namespace.call(() -> new DatagramSocket(0, target));
    DatagramSocket client = from.namespace.call(() -> new DatagramSocket());
    server.setSoTimeout(60_000);
    Semaphore room = new Semaphore(ON_THE_WAY);
    CompletableFuture<Void> sent =
        CompletableFuture.runAsync(
            () -> {
              try (client) {
                for (int i = 0; i < DATAGRAMS; i++) {
                  assertThat(room.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
                  byte[] data = new byte[size(i)];
                  ByteBuffer.wrap(data).putInt(i);
                  client.send(new DatagramPacket(data, data.length, target, server.getLocalPort()));
                }
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            },
            task -> Thread.ofPlatform().start(task));
    CompletableFuture<Void> received =
        CompletableFuture.runAsync(
            () -> {
              try (server) {
                DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                for (int i = 0; i < DATAGRAMS; i++) {
                  packet.setLength(2000);
                  server.receive(packet);
                  assertThat(ByteBuffer.wrap(packet.getData()).getInt()).isEqualTo(i);
                  assertThat(packet.getLength()).isEqualTo(size(i));
                  room.release();
                }
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            },
            task -> Thread.ofPlatform().start(task));
    return CompletableFuture.allOf(sent, received);
  }

  /** Runs of equal size and changes between them; fragments would be another flow. */
  private static int size(int i) {
    return 4 + i / 16 * 37 % 1300;
  }

  /** The SAs of both tunnels are replaced again and again while flows of the kernel's TCP go on. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "shared auto"})
  void shouldSwitchTheSasOfAllTunnelsUnderLoad(String backend) throws Exception {
    try (KernelPair pair = new KernelPair(GCM.withLoops(2, 2).on(backend))) {
      List<CompletableFuture<Void>> transfers = transfers(pair, 6, 12 << 20);
      CompletableFuture<Void> all =
          CompletableFuture.allOf(transfers.toArray(CompletableFuture[]::new));
      int switches = 0;
      while (!all.isDone()) {
        int tunnel = switches++ % 2;
        InboundSa next = pair.rekey(pair.left, pair.right, tunnel);
        pair.publish(pair.right);
        pair.publish(pair.left);
        pair.rekey(pair.right, pair.left, tunnel);
        pair.publish(pair.left);
        pair.publish(pair.right);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
        while (next.counters().packets() < 50 && !all.isDone() && System.nanoTime() < until) {
          Thread.onSpinWait();
          Thread.yield();
        }
      }
      all.get();
      assertThat(switches).isGreaterThan(3);
      assertThat(pair.lost()).isEmpty();
    }
  }

  private static List<CompletableFuture<Void>> transfers(KernelPair pair, int n, int bytes) {
    return Stream.iterate(0, i -> i + 1)
        .limit(n)
        .map(
            i ->
                CompletableFuture.runAsync(
                    () -> {
                      try {
                        TcpTransfer.run(
                            i % 2 == 0 ? pair.left : pair.right,
                            i % 2 == 0 ? pair.right : pair.left,
                            false,
                            bytes);
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    },
                    task -> Thread.ofPlatform().start(task)))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "shared auto"})
  void shouldEndUnderLoadWithoutAFault(String backend) throws Exception {
    CompletableFuture<Void> failure;
    try (KernelPair pair = new KernelPair(GCM.withLoops(2, 2).on(backend))) {
      failure = pair.left.datapath.failure();
      DatagramSocket client = pair.left.namespace.call(() -> new DatagramSocket());
      try (client) {
        byte[] data = new byte[1000];
        Thread flood =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        for (int i = 0; !client.isClosed(); i++) {
                          client.send(
                              new DatagramPacket(
                                  data, data.length, pair.right.inner4, 9000 + i % 50));
                        }
                      } catch (java.io.IOException _) {
                        return; // closed, or the device is gone: that is how it ends
                      }
                    });
        TrafficCounters out = pair.left.datapath.counters().out();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (out.packets() < 20_000 && System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        assertThat(out.packets()).isGreaterThanOrEqualTo(20_000);
        pair.left.datapath.close();
        client.close();
        flood.join();
      }
    }
    assertThat(failure).isNotDone();
  }
}
