package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Capture;
import dev.twinspan.agent.rehearse.netns.Fabric;
import dev.twinspan.agent.rehearse.netns.Faults;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Relay;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import dev.twinspan.agent.rehearse.netns.Site;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Box;
import dev.twinspan.agent.rehearse.traffic.TrafficControl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The virtual board put together: machines and wires, the boxes that end the tunnels, the hosts
 * that make traffic, the fabric behind the instances, and the faults between. Everything goes with
 * {@link #close}, or with this process.
 *
 * <p>Threads: the fabric's own; the rest is for one thread at a time, but {@link #close}, which a
 * shutdown hook may call.
 */
public final class Bench implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  private final BenchDirectory directory = BenchDirectory.create();
  private final Sandbox sandbox;
  private final Topology topology;
  private final Faults faults;
  private final Relay relay;
  private final Fabric fabric;
  private final List<Box> instances = new ArrayList<>();
  private final List<Box> boxes = new ArrayList<>();
  private final List<AutoCloseable> closers = new ArrayList<>();
  private final AtomicInteger captures = new AtomicInteger();
  private final Thread hook = new Thread(this::close, "bench-close");
  private boolean closed;

  /**
   * What kind of bench.
   *
   * @param behindNat whether the appliance is behind a NAT
   * @param fabricHold how long the VNet sends to an instance that is gone
   */
  public record Options(boolean behindNat, Duration fabricHold) {
    public static final Options DEFAULT = new Options(false, Duration.ofSeconds(1));
  }

  private Bench(Options options) {
    Sandbox opened = null;
    try {
      opened = Sandbox.open();
      sandbox = opened;
      topology = Topology.build(sandbox, options.behindNat());
      faults = new Faults(topology);
      relay =
          new Relay(
              topology, directory.path().resolve("relay.log"), SelfCommand.of("rehearse", "relay"));
      fabric = new Fabric(topology, options.fabricHold());
    } catch (RuntimeException e) {
      if (opened != null) {
        opened.close();
      }
      directory.close();
      throw e;
    }
    // A JVM that ends before this line takes the sandbox with it all the same.
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Builds the machines and wires; boxes and traffic are added by whoever wants them. */
  public static Bench open(Options options) {
    return new Bench(options);
  }

  public Path directory() {
    return directory.path();
  }

  public Topology topology() {
    return topology;
  }

  /** Adds the branch's second appliance and the switch between the two; before anything starts. */
  public Site site() {
    return Site.build(sandbox, topology);
  }

  /** As {@link #site}, with this machine as router between the two and the LAN's hosts. */
  public Site routedSite(Namespace router) {
    return Site.buildRouted(sandbox, topology, router);
  }

  /** One more machine, without wires. */
  public Namespace machine(String name) {
    return sandbox.namespace(name);
  }

  public Faults faults() {
    return faults;
  }

  public Relay relay() {
    return relay;
  }

  public Fabric fabric() {
    return fabric;
  }

  /** Ends this box in order when the bench closes: last added, first ended. */
  public <B extends Box> B add(B box) {
    boxes.addFirst(box);
    return box;
  }

  /** The next instance of the gateway, ended with the bench like any box. */
  public <B extends Box> B addInstance(B box) {
    instances.add(box);
    return add(box);
  }

  public Box instance(int index) {
    return instances.get(index);
  }

  /** The instance dies as its host does: at once and without a word, not even an ICMP message. */
  public void kill(int index) {
    faults.blackhole(index, Faults.Blackhole.BOTH);
    instances.get(index).kill();
    // With the host its kernel dies: no device or route outlives it.
    topology.forgetTunnels(index);
  }

  /**
   * The instance goes as for planned maintenance: deletes its SAs, then is silent.
   *
   * @return whether it ended by itself
   */
  public boolean stop(int index) {
    boolean obeyed = instances.get(index).stop(STOP_LIMIT);
    faults.blackhole(index, Faults.Blackhole.BOTH);
    return obeyed;
  }

  /** The instance is back, and so is the way to it. */
  public void restore(int index) {
    faults.clear(index);
    relay.clear(index);
    if (!instances.get(index).alive()) {
      instances.get(index).start();
    }
  }

  /**
   * The gateway's one address falls silent: its owner dies, and has forgotten everything when it
   * comes back as the standby.
   *
   * @param address index of the address
   * @param owner index of the instance that has it
   */
  public void vacate(int address, int owner) {
    instances.get(owner).kill();
    topology.forgetTunnels(owner);
    topology.releaseAddress(address, owner);
  }

  /** The standby, which knows nothing of its tunnels, has the address from now on. */
  public void takeOver(int address, int standby) {
    topology.assignAddress(address, standby);
  }

  /** A traffic host in that machine's namespace; about half a second. */
  public TrafficControl traffic(Namespace machine) {
    TrafficControl control =
        new TrafficControl(
            machine.converse(
                "traffic",
                directory().resolve("traffic-" + machine + ".log"),
                SelfCommand.of("rehearse", "traffic")));
    closers.addFirst(control);
    return control;
  }

  /** The LAN host's traffic, and the VNet host's, which serves it. */
  public record Hosts(TrafficControl lan, TrafficControl vnet) {
    public void mark() {
      lan.mark();
      vnet.mark();
    }

    public void udp(int flows, double packetsPerSecond, int size) {
      lan.udp(Addresses.VNET_HOST, flows, packetsPerSecond, size);
    }
  }

  public Hosts hosts() {
    TrafficControl lan = traffic(topology.lan());
    TrafficControl vnet = traffic(topology.vnet());
    vnet.serve();
    return new Hosts(lan, vnet);
  }

  /**
   * Captures until closed.
   *
   * @param device an interface, or {@code any}
   * @param filter in pcap-filter(7)'s words; empty for everything
   * @param into directory for {@code MACHINE-DEVICE-N.pcap}; the bench's own goes with the bench
   */
  public Capture capture(Namespace machine, String device, String filter, Path into) {
    String name = "%s-%s-%d".formatted(machine, device, captures.incrementAndGet());
    Capture capture =
        Capture.start(
            machine,
            device,
            filter,
            into.resolve(name + ".pcap"),
            directory().resolve(name + ".log"));
    closers.addFirst(capture);
    return capture;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    fabric.close();
    for (AutoCloseable closer : closers) {
      try {
        closer.close();
      } catch (Exception e) {
        System.err.println("bench: " + e);
      }
    }
    boxes.forEach(box -> box.stop(STOP_LIMIT));
    relay.close();
    sandbox.close();
    directory.close();
    if (Thread.currentThread() != hook) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException _) {
        // The JVM is going down already; the hook finds the bench closed.
      }
    }
  }
}
