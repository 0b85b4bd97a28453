package dev.twinspan.agent.peers;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.NettyTransport;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.ffi.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The least that makes a BgpEngine a router on a real network: a transport in a namespace, a clock
 * and a queue. One thread owns the engine.
 */
final class BgpHost implements AutoCloseable {
  private final BgpEngine engine = new BgpEngine(new Random());
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final List<BgpReason> told = new CopyOnWriteArrayList<>();
  private final CompletableFuture<BgpTransport> ready = new CompletableFuture<>();
  private final Thread thread;
  private volatile RouteSet routes = RouteSet.EMPTY;
  private volatile boolean running = true;

  /**
   * @param pid of a process in the namespace to live in: sockets belong to the namespace of the
   *     thread that makes them
   */
  BgpHost(long pid, InetAddress address) {
    thread =
        Thread.ofPlatform()
            .name("bgp-host")
            .start(
                () -> {
                  try (NetworkNamespace namespace =
                      NetworkNamespace.open(Path.of("/proc", Long.toString(pid), "ns/net"))) {
                    namespace.call(
                        () -> {
                          loop(address);
                          return "";
                        });
                  } catch (Exception e) {
                    ready.completeExceptionally(e);
                  }
                });
    ready.join();
  }

  private void loop(InetAddress address) throws IOException, InterruptedException {
    try (NettyTransport transport = NettyTransport.start(List.of(address), new Reports())) {
      ready.complete(transport);
      while (running) {
        long wait = Math.min(engine.nextDeadline() - System.nanoTime(), 1_000_000_000L);
        Runnable task = queue.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
        if (task != null) {
          task.run();
        }
        if (System.nanoTime() >= engine.nextDeadline()) {
          perform(engine.tick(System.nanoTime()));
        }
      }
    }
  }

  private final class Reports implements BgpTransport.Listener {
    @Override
    public void connected(long connection) {
      queue.add(() -> perform(engine.connected(System.nanoTime(), connection)));
    }

    @Override
    public void accepted(long connection, InetAddress local, InetAddress remote) {
      queue.add(() -> perform(engine.accepted(System.nanoTime(), connection, local, remote)));
    }

    @Override
    public void received(long connection, byte[] bytes) {
      queue.add(() -> perform(engine.received(System.nanoTime(), connection, bytes)));
    }

    @Override
    public void closed(long connection, String why) {
      queue.add(() -> perform(engine.closed(System.nanoTime(), connection, why)));
    }
  }

  private void perform(List<BgpAction> actions) {
    BgpTransport transport = ready.join();
    for (BgpAction action : actions) {
      switch (action) {
        case BgpAction.Dial dial -> transport.dial(dial);
        case BgpAction.Send(long connection, byte[] bytes) -> transport.send(connection, bytes);
        case BgpAction.Close(long connection) -> transport.hangUp(connection);
        case BgpAction.Transition transition -> told.add(transition.reason());
        case BgpAction.Notice notice -> told.add(notice.reason());
        case BgpAction.RoutesChanged(RouteSet now) -> routes = now;
      }
    }
  }

  // --- from the test's thread -------------------------------------------------------------------

  private <T> T ask(Function<BgpEngine, T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    queue.add(() -> answer.complete(question.apply(engine)));
    return answer.join();
  }

  void order(Function<BgpEngine, List<BgpAction>> command) {
    ask(
        it -> {
          perform(command.apply(it));
          return "";
        });
  }

  void configure(BgpPeer peer, List<Nlri> announced) {
    order(
        it ->
            it.configure(
                System.nanoTime(),
                List.of(peer),
                new ImportPolicy(Set.of(), false),
                ExportPolicy.of(announced, Set.of(), false, false)));
  }

  BgpView view() {
    return ask(it -> it.views().getFirst());
  }

  boolean established() {
    return view().state() == BgpState.ESTABLISHED;
  }

  RouteSet routes() {
    return routes;
  }

  /** Every transition's and notice's reason so far. */
  List<BgpReason> told() {
    return told;
  }

  boolean told(String code) {
    return told.stream().anyMatch(reason -> reason.code().equals(code));
  }

  @Override
  public void close() {
    order(it -> it.shutdown(System.nanoTime(), "the test is over"));
    running = false;
    queue.add(() -> {});
    try {
      thread.join(10_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
