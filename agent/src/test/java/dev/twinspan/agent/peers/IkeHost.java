package dev.twinspan.agent.peers;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.ike.crypto.FipsIkeCrypto;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.ffi.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The least that makes an IkeEngine a box on a real network: two UDP sockets in a namespace, a
 * clock, and SA tables that a test looks into. One thread owns the engine and the sockets; commands
 * come by a queue.
 */
final class IkeHost implements AutoCloseable {
  private static final int IKE = 500;
  private static final int NAT_TRAVERSAL = 4500;
  private static final int NON_ESP_MARKER = 4;

  private final IkeEngine engine = new IkeEngine(new FipsIkeCrypto(new SecureRandom()));
  private final InetAddress address;
  private final Selector selector;
  private final DatagramChannel ike;
  private final DatagramChannel natTraversal;
  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Map<Integer, IkeAction.InstallChild> installed = new LinkedHashMap<>();
  private final List<IkeAction.Transition> transitions = new ArrayList<>();
  private final EspCodec esp = new EspCodec();
  private final List<byte[]> received = new ArrayList<>();
  private int largest;
  private int fragmentsSent;
  private int fragmentsReceived;
  private final Thread thread;
  private @Nullable Integer outbound;
  private volatile boolean running = true;

  /**
   * @param pid of a process in the namespace to live in
   */
  IkeHost(long pid, InetAddress address) throws IOException {
    this.address = address;
    this.selector = Selector.open();
    try (NetworkNamespace namespace =
        NetworkNamespace.open(Path.of("/proc", Long.toString(pid), "ns/net"))) {
      this.ike = namespace.call(() -> open(IKE));
      this.natTraversal = namespace.call(() -> open(NAT_TRAVERSAL));
    }
    this.thread = Thread.ofPlatform().name("ike-host").start(this::loop);
  }

  private DatagramChannel open(int port) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.bind(new InetSocketAddress(address, port));
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
    return channel;
  }

  // --- commands, from any thread ----------------------------------------------------------------

  /** Runs on the loop; what it returns is given back. */
  private <T> T ask(Function<IkeEngine, T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    commands.add(
        () -> {
          try {
            answer.complete(question.apply(engine));
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    selector.wakeup();
    return answer.join();
  }

  private void order(Function<IkeEngine, List<IkeAction>> command) {
    ask(
        it -> {
          perform(command.apply(it));
          return "";
        });
  }

  /** Longest IKE message sent or received, bytes. */
  int largest() {
    return ask(_ -> largest);
  }

  int fragmentsSent() {
    return ask(_ -> fragmentsSent);
  }

  int fragmentsReceived() {
    return ask(_ -> fragmentsReceived);
  }

  void configure(IkePeer... peers) {
    order(it -> it.configure(System.nanoTime(), List.of(peers)));
  }

  void rekey(String peer, boolean ikeSa) {
    order(it -> it.rekey(System.nanoTime(), peer, ikeSa));
  }

  /** Whether there is neither a peer nor an IKE SA whose DELETE waits for its answer. */
  boolean isIdle() {
    return ask(it -> it.nextDeadline() == Long.MAX_VALUE);
  }

  void shutdown() {
    order(it -> it.shutdown(System.nanoTime()));
  }

  IkeView view() {
    return ask(it -> it.view().getFirst());
  }

  Map<String, Long> drops() {
    return ask(IkeEngine::drops);
  }

  int installed() {
    return ask(_ -> installed.size());
  }

  List<String> codes() {
    return ask(_ -> transitions.stream().map(t -> t.reason().code()).toList());
  }

  /** Inner packets that came out of ESP; taken away. */
  List<byte[]> received() {
    return ask(
        _ -> {
          List<byte[]> taken = List.copyOf(received);
          received.clear();
          return taken;
        });
  }

  /** Sends one inner packet on the SA in use. */
  void sendInner(byte[] packet) {
    ask(
        _ -> {
          IkeAction.InstallChild child = installed.get(outbound);
          if (child != null) {
            send(natTraversal, child.remote(), ByteBuffer.wrap(esp.seal(child, packet)));
          }
          return "";
        });
  }

  @Override
  public void close() {
    running = false;
    selector.wakeup();
    try {
      thread.join();
      ike.close();
      natTraversal.close();
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // --- the loop ---------------------------------------------------------------------------------

  private void loop() {
    ByteBuffer buffer = ByteBuffer.allocate(65_536);
    try {
      while (running) {
        long wait =
            Math.max(0, Math.min(1_000_000_000L, engine.nextDeadline() - System.nanoTime()));
        selector.select(1 + wait / 1_000_000);
        selector.selectedKeys().clear();
        receive(ike, IKE, buffer);
        receive(natTraversal, NAT_TRAVERSAL, buffer);
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
          command.run();
        }
        perform(engine.tick(System.nanoTime()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receive(DatagramChannel channel, int port, ByteBuffer buffer) throws IOException {
    while (true) {
      buffer.clear();
      InetSocketAddress from = (InetSocketAddress) channel.receive(buffer);
      if (from == null) {
        return;
      }
      buffer.flip();
      if (port == NAT_TRAVERSAL && buffer.remaining() > NON_ESP_MARKER) {
        if (buffer.getInt(0) != 0) {
          receiveEsp(buffer);
          continue;
        }
        buffer.getInt();
      }
      byte[] datagram = new byte[buffer.remaining()];
      buffer.get(datagram);
      largest = Math.max(largest, datagram.length);
      fragmentsReceived += IkeCodec.fragment(datagram) == null ? 0 : 1;
      InetSocketAddress here = new InetSocketAddress(address, port);
      perform(engine.receive(System.nanoTime(), here, from, datagram));
    }
  }

  private void receiveEsp(ByteBuffer packet) {
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    IkeAction.InstallChild child = installed.get(ByteBuffer.wrap(bytes).getInt());
    byte[] inner = child == null ? null : esp.open(child, bytes);
    if (child != null && inner != null) {
      engine.aliveAt(child.peer(), System.nanoTime());
      received.add(inner);
    }
  }

  private void perform(List<IkeAction> actions) {
    for (IkeAction action : actions) {
      switch (action) {
        case IkeAction.Send(var local, var remote, var message) -> {
          largest = Math.max(largest, message.length);
          fragmentsSent += IkeCodec.fragment(message) == null ? 0 : 1;
          boolean marked = local.getPort() == NAT_TRAVERSAL;
          ByteBuffer datagram = ByteBuffer.allocate(message.length + (marked ? 4 : 0));
          datagram.position(marked ? NON_ESP_MARKER : 0);
          datagram.put(message).rewind();
          send(marked ? natTraversal : ike, remote, datagram);
        }
        case IkeAction.SendKeepalive(_, var remote) ->
            send(natTraversal, remote, ByteBuffer.wrap(new byte[] {(byte) 0xff}));
        case IkeAction.InstallChild install -> installed.put(install.inboundSpi(), install);
        case IkeAction.UseOutbound use -> outbound = use.inboundSpi();
        case IkeAction.RemoveChild remove -> installed.remove(remove.inboundSpi());
        case IkeAction.Transition transition -> transitions.add(transition);
        case IkeAction.Fault(_, RuntimeException cause) -> throw cause;
        case IkeAction.PeerMoved _ -> {}
        case IkeAction.IkeKeyed _ -> {}
      }
    }
  }

  private static void send(DatagramChannel channel, InetSocketAddress to, ByteBuffer datagram) {
    try {
      channel.send(datagram, to);
    } catch (IOException _) {
      // As lost as on the wire: an ICMP error of an earlier datagram is reported here.
    }
  }
}
