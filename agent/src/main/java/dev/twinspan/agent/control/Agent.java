package dev.twinspan.agent.control;

import dev.twinspan.agent.capture.CaptureRequest;
import dev.twinspan.agent.capture.CaptureStart;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.Policies;
import dev.twinspan.agent.fleet.SessionCounter;
import dev.twinspan.agent.fleet.events.EventOutlet;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.FipsIkeCrypto;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.TracedMessage;
import dev.twinspan.datapath.Datapath;
import dev.twinspan.datapath.DatapathConfig;
import dev.twinspan.ffi.linux.Errno;
import dev.twinspan.ffi.linux.KernelException;
import dev.twinspan.ffi.linux.ThreadPriority;
import dev.twinspan.ffi.linux.Tun;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running box: the control loop and the datapath under it. */
public final class Agent implements AgentControl, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  private final Mailbox mailbox;
  private final Datapath datapath;
  private final KernelRoutes kernel;
  private final ControlLoop loop;
  private final EspCrypto esp;
  private final FipsIkeCrypto crypto;
  private final ExecutorService keys;
  private final Thread thread;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final EventOutlet outlet;
  private volatile AgentConfig config;
  private volatile Supplier<Added> others = () -> Added.NOTHING;

  private Agent(
      AgentConfig config,
      Mailbox mailbox,
      Datapath datapath,
      KernelRoutes kernel,
      ControlLoop loop,
      EspCrypto esp,
      FipsIkeCrypto crypto,
      ExecutorService keys,
      EventOutlet outlet) {
    this.outlet = outlet;
    this.esp = esp;
    this.crypto = crypto;
    this.keys = keys;
    this.mailbox = mailbox;
    this.config = config;
    this.datapath = datapath;
    this.kernel = kernel;
    this.loop = loop;
    this.thread = Thread.ofPlatform().name("twinspan-control").unstarted(this::runLoop);
  }

  /**
   * Opens the devices and sockets and starts the loops; returns once they run (tunnels come up
   * later).
   *
   * @throws AgentStartException with one sentence for the operator
   */
  public static Agent start(AgentConfig config) throws AgentStartException {
    // The FIPS module checks itself for about a second: beside the rest of the start.
    ExecutorService keys =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("twinspan-keys").factory());
    CompletableFuture<FipsIkeCrypto> crypto =
        CompletableFuture.supplyAsync(
            () -> FipsIkeCrypto.create(keys, groups(config), config.crypto().fips()), keys);
    try {
      return open(config, crypto, keys);
    } catch (KernelException e) {
      keys.shutdownNow();
      throw new AgentStartException("cannot start: " + e.getMessage(), e);
    } catch (AgentStartException e) {
      keys.shutdownNow();
      throw e;
    }
  }

  /** The groups this configuration can ask for. */
  private static Set<DhGroup> groups(AgentConfig config) {
    Set<DhGroup> groups = EnumSet.noneOf(DhGroup.class);
    for (ConnectionConfig connection : config.connections()) {
      groups.addAll(Policies.groups(connection.policy()));
    }
    return groups;
  }

  private static Agent open(
      AgentConfig config, CompletableFuture<FipsIkeCrypto> crypto, ExecutorService keys)
      throws AgentStartException {
    BoardDefaults board = BoardDefaults.ofBox();
    EspCrypto esp = EspCrypto.open(config, board.nice(config));
    try {
      return open(config, board, esp, crypto, keys);
    } catch (RuntimeException e) {
      esp.close();
      throw e;
    }
  }

  private static Agent open(
      AgentConfig config,
      BoardDefaults board,
      EspCrypto esp,
      CompletableFuture<FipsIkeCrypto> crypto,
      ExecutorService keys) {
    AgentConfig.TunnelDevice device = config.tunnelDevice();
    DatapathConfig datapathConfig =
        DatapathConfig.of(
                new Tun.Options(device.name(), 1, device.mtu(), true), Endpoints.of(config))
            .withOffloads(board.offloads(config))
            .withRawEsp(Endpoints.rawEsp(config))
            .withLoops(
                new DatapathConfig.Loops(
                    board.loops(config, Runtime.getRuntime().availableProcessors()),
                    1,
                    board.nice(config),
                    device.busyPollMicros()));
    long session = SessionCounter.ofThisStart(config.fleet(), System.getenv("STATE_DIRECTORY"));
    EventOutlet outlet = new EventOutlet();
    Mailbox mailbox = new Mailbox();
    Datapath datapath = Datapath.open(datapathConfig, mailbox::wake);
    try {
      KernelRoutes kernel = KernelRoutes.open(datapath.interfaceIndex());
      IkeEngine engine = new IkeEngine(crypto.join());
      engine.keepMessages();
      StatusBuilder status =
          new StatusBuilder(
              board,
              esp.choice(),
              crypto.join().module(),
              config.crypto(),
              session,
              System.nanoTime());
      EventRing events = new EventRing(session, outlet::put);
      ReversePath.relax(device.name())
          .ifPresent(advice -> events.add(null, "rp-filter-strict", advice, null));
      tellPriority(datapath.priority());
      ControlLoop loop =
          new ControlLoop(
              config,
              mailbox,
              esp.backend(),
              Cores.with(engine),
              new Edges(
                  datapath,
                  kernel,
                  BgpEdge.of(new RouterAddresses(datapath.interfaceIndex())),
                  events,
                  System::nanoTime),
              status);
      Agent agent =
          new Agent(config, mailbox, datapath, kernel, loop, esp, crypto.join(), keys, outlet);
      // What reading the configuration and loading classes left behind, while nobody's packets wait
      // for it; it would stay for good, since from here on hardly anything is allocated.
      System.gc();
      agent.thread.start();
      return agent;
    } catch (RuntimeException e) {
      datapath.close();
      throw e;
    }
  }

  private static void tellPriority(Datapath.Priority priority) {
    if (priority.errno() != 0) {
      LOG.info(
          "the kernel refuses nice value {} for the threads that carry packets ({}): they take"
              + " their turn with what else runs here; put LimitNICE={} into the systemd unit, or"
              + " set tunnel-device.nice: 0",
          priority.nice(),
          Errno.describe(priority.errno()),
          priority.nice());
    }
  }

  private void runLoop() {
    int nice = datapath.priority().nice();
    if (nice != 0) {
      int _ = ThreadPriority.set(nice); // refused as the loops' was, and told
    }
    try {
      loop.run();
    } catch (InterruptedException e) {
      failure.completeExceptionally(e);
    } catch (RuntimeException | Error e) {
      failure.completeExceptionally(e);
      throw e;
    }
  }

  /** Completes exceptionally when a loop has died of a fault; {@code up} then ends. */
  public CompletableFuture<Void> failure() {
    return failure;
  }

  @Override
  public AgentStatus status() {
    return loop.status().with(others.get());
  }

  @Override
  public void add(Supplier<Added> more) {
    others = more;
  }

  @Override
  public EventOutlet events() {
    return outlet;
  }

  @Override
  public AgentConfig config() {
    return config;
  }

  @Override
  public CompletableFuture<ControlResult> reset(String tunnel) {
    return mailbox.submit(() -> loop.commands().reset(tunnel));
  }

  @Override
  public CompletableFuture<ControlResult> rekey(String tunnel, boolean ike) {
    return mailbox.submit(() -> loop.commands().rekey(tunnel, ike));
  }

  @Override
  public CompletableFuture<ControlResult> drain(String tunnel) {
    return mailbox.submit(() -> loop.commands().drain(tunnel));
  }

  @Override
  public CompletableFuture<ControlResult> undrain(String tunnel) {
    return mailbox.submit(() -> loop.commands().undrain(tunnel));
  }

  @Override
  public CompletableFuture<ControlResult> drill(String tunnel) {
    return mailbox.submit(() -> loop.drills().ask(tunnel));
  }

  @Override
  public CompletableFuture<List<TracedMessage>> trace(String tunnel, long after) {
    return mailbox.submit(() -> loop.commands().trace(tunnel, after));
  }

  @Override
  public CompletableFuture<CaptureStart> capture(CaptureRequest request) {
    return mailbox.submit(() -> loop.captures().start(request));
  }

  @Override
  public CompletableFuture<ControlResult> apply(AgentConfig next) {
    crypto.prepare(groups(next));
    return mailbox.submit(
        () -> {
          AgentConfig before = config;
          ControlResult result = loop.apply(next);
          if (result.ok()) {
            config = next;
            before.destroyKeys(next);
          } else {
            next.destroyKeys(before);
          }
          return result;
        });
  }

  /** How many key pairs of a group are ready for who comes next. */
  int keyPairsReady(DhGroup group) {
    return crypto.keyPairsReady(group);
  }

  @Override
  public CompletableFuture<Void> keepOutside(Set<InetAddress> addresses) {
    return mailbox.submit(
        () -> {
          loop.keepOutside(addresses);
          return null;
        });
  }

  @Override
  public long turnedAt() {
    return loop.turnedAt();
  }

  /**
   * Deletes the SAs, takes routes and devices away, ends the loops and zeroes the keys; returns
   * when that is done.
   */
  @Override
  public void close() {
    loop.stop();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    kernel.close();
    datapath.close();
    esp.close();
    crypto.close();
    keys.shutdownNow();
    config.destroyKeys(null);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
