package dev.twinspan.datapath;

import dev.twinspan.ffi.linux.Tun;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What the datapath is opened with; a change needs a new one.
 *
 * @param tun the device towards the LAN; its queue count and offloads are ignored
 * @param endpoints UDP sockets towards the WAN
 * @param rawEsp also carry ESP as IP protocol 50, for tunnels whose {@link TunnelPath#remote} has
 *     port 0, on the addresses of the {@link Kind#ESP_IN_UDP} endpoints
 * @param dscp DSCP of outer packets
 * @param ecn RFC 6040 normal mode: ECN copied out, congestion marks carried in; false: outer
 *     packets are Not-ECT and their marks ignored
 * @param offloads of the TUN and the sockets
 * @param socketBufferBytes per socket and direction; 0: the kernel's default
 * @param mark SO_MARK of all sockets, 0: none
 * @param ikeQueue IKE datagrams waiting for the control loop in each of its lanes; more are counted
 *     and dropped
 * @param loops the threads that carry packets
 */
public record DatapathConfig(
    Tun.Options tun,
    List<Endpoint> endpoints,
    boolean rawEsp,
    Dscp dscp,
    boolean ecn,
    OffloadSwitches offloads,
    int socketBufferBytes,
    int mark,
    int ikeQueue,
    Loops loops) {

  /**
   * The threads that carry packets.
   *
   * @param count of loops, each of both directions, with a queue of the TUN and sockets of its own
   * @param threads with one loop 1: for both directions, or 2: a thread for each
   * @param nice of the threads, −20 (the most processor time) to 0 (as all others)
   * @param busyPollMicros for how long a thread goes on looking, after a descriptor was readable,
   *     before it sleeps; 0: it sleeps at once
   */
  public record Loops(int count, int threads, int nice, int busyPollMicros) {
    public static final int MAX = 64;
    public static final Loops ONE = new Loops(1, 1, 0, 0);

    public Loops {
      if (threads != 1 && threads != 2) {
        throw new IllegalArgumentException("threads " + threads + ", expected 1 or 2");
      }
      if (count < 1 || count > MAX || (count > 1 && threads > 1)) {
        throw new IllegalArgumentException(
            "loops %d with %d threads, expected 1 to %d, and more than one with 1 thread"
                .formatted(count, threads, MAX));
      }
    }
  }

  /** What a UDP socket carries. */
  public enum Kind {
    /** Port 4500: ESP, NAT keepalives, and IKE behind the non-ESP marker (RFC 3948). */
    ESP_IN_UDP,
    /** Port 500: IKE only. */
    IKE
  }

  /**
   * @param local address and port to bind; the wildcard takes every address of its family
   * @param device interface that packets leave and arrive by; empty: any
   */
  public record Endpoint(InetSocketAddress local, Kind kind, String device) {
    public Endpoint(InetSocketAddress local, Kind kind) {
      this(local, kind, "");
    }
  }

  public DatapathConfig {
    endpoints = List.copyOf(endpoints);
    if (ikeQueue < 1) {
      throw new IllegalArgumentException("ikeQueue " + ikeQueue + ", expected 1 or more");
    }
  }

  /** The defaults: ECN on, DSCP copied, offloads on, no protocol 50, one thread. */
  public static DatapathConfig of(Tun.Options tun, List<Endpoint> endpoints) {
    return new DatapathConfig(
        tun, endpoints, false, Dscp.COPY, true, OffloadSwitches.ALL, 4 << 20, 0, 256, Loops.ONE);
  }

  public DatapathConfig withRawEsp(boolean on) {
    return new DatapathConfig(
        tun, endpoints, on, dscp, ecn, offloads, socketBufferBytes, mark, ikeQueue, loops);
  }

  public DatapathConfig withOffloads(OffloadSwitches switches) {
    return new DatapathConfig(
        tun, endpoints, rawEsp, dscp, ecn, switches, socketBufferBytes, mark, ikeQueue, loops);
  }

  public DatapathConfig withLoops(Loops other) {
    return new DatapathConfig(
        tun, endpoints, rawEsp, dscp, ecn, offloads, socketBufferBytes, mark, ikeQueue, other);
  }
}
