package dev.twinspan.agent.rehearse.netns;

import static dev.twinspan.agent.rehearse.netns.Addresses.INSTANCES_INSIDE;
import static dev.twinspan.agent.rehearse.netns.Addresses.LAN_PREFIX;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Azure's software-defined network, as far as the VNet host sees it: spreads flows to the LAN over
 * the instances that can carry them. An instance can when its own kernel has a route to the LAN
 * prefix, which is there while its tunnel is; that is looked at every 50 ms. An instance that comes
 * is used at once, one that went is still sent to for the hold time, as the real fabric takes a
 * while to notice.
 *
 * <p>Thread: one virtual thread per bench looks and changes the VNet's route; others may ask.
 */
public final class Fabric implements AutoCloseable {
  private static final long PERIOD_NANOS = 50_000_000;

  private final Topology topology;
  private final Duration hold;
  private final Thread thread;
  private volatile BitSet nextHops = new BitSet();
  private final Set<Integer> drained = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public Fabric(Topology topology, Duration hold) {
    this.topology = topology;
    this.hold = hold;
    this.thread = Thread.ofVirtual().name("fabric").start(this::watch);
  }

  /** Whether the VNet sends to the LAN by this instance. */
  public boolean uses(int instance) {
    return nextHops.get(instance);
  }

  /** Takes an instance out of the VNet's routes, or lets it in again, whatever its tunnel does. */
  public void drain(int instance, boolean out) {
    if (out) {
      drained.add(instance);
    } else {
      drained.remove(instance);
    }
  }

  private void watch() {
    int count = topology.instances().size();
    long[] lastSeen = new long[count];
    while (!closed) {
      long now = System.nanoTime();
      BitSet wanted = new BitSet(count);
      for (int i = 0; i < count; i++) {
        if (drained.contains(i)) {
          continue;
        }
        if (routesToLan(topology.instances().get(i))) {
          lastSeen[i] = now;
          wanted.set(i);
        } else if (nextHops.get(i) && now - lastSeen[i] < hold.toNanos()) {
          wanted.set(i);
        }
      }
      if (!wanted.equals(nextHops)) {
        apply(wanted);
      }
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }

  private void apply(BitSet wanted) {
    if (closed) {
      return;
    }
    if (wanted.isEmpty()) {
      topology.vnet().run("", List.of("ip", "route", "del", LAN_PREFIX)).orThrow();
    } else {
      List<String> command = new ArrayList<>(List.of("route", "replace", LAN_PREFIX));
      wanted.stream()
          .forEach(
              i ->
                  command.addAll(
                      List.of(
                          "nexthop",
                          "via",
                          INSTANCES_INSIDE.get(i),
                          "dev",
                          Topology.instanceName(i))));
      topology.vnet().ip(command.toArray(String[]::new));
    }
    nextHops = wanted;
  }

  /**
   * {@code /proc/net/route}: name, destination, gateway, flags, …; addresses in hexadecimal of the
   * machine's byte order, which on every machine served is little-endian.
   */
  private static boolean routesToLan(Namespace instance) {
    return instance.procNet("route").stream()
        .skip(1)
        .map(line -> line.split("\\s+"))
        .anyMatch(
            fields ->
                fields[1].equals(LAN_NETWORK_IN_PROC)
                    && (Integer.parseInt(fields[3], 16) & RTF_REJECT) == 0);
  }

  /** Flag of routes that refuse: an agent leaves one behind that no tunnel serves. */
  private static final int RTF_REJECT = 0x200;

  /** 192.168.50.0. */
  private static final String LAN_NETWORK_IN_PROC = "0032A8C0";

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
