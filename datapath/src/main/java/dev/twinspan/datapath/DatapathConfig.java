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
 * @param threads with one loop 1: for both directions, or 2: a thread for each
 * @param loops how many, each of both directions, with a queue of the TUN and sockets of its own
 * @param nice of the loops' threads, −20 (the most processor time) to 0 (as all others)
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
    int threads,
    int loops,
    int nice) {

  public static final int MAX_LOOPS = 64;

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
    if (threads != 1 && threads != 2) {
      throw new IllegalArgumentException("threads " + threads + ", expected 1 or 2");
    }
    if (loops < 1 || loops > MAX_LOOPS || loops > 1 && threads > 1) {
      throw new IllegalArgumentException(
          "loops %d with %d threads, expected 1 to %d, and more than one with 1 thread"
              .formatted(loops, threads, MAX_LOOPS));
    }
    if (ikeQueue < 1) {
      throw new IllegalArgumentException("ikeQueue " + ikeQueue + ", expected 1 or more");
    }
  }

  /** The defaults: ECN on, DSCP copied, offloads on, no protocol 50, one thread. */
  public static DatapathConfig of(Tun.Options tun, List<Endpoint> endpoints) {
    return new DatapathConfig(
        tun, endpoints, false, Dscp.COPY, true, OffloadSwitches.ALL, 4 << 20, 0, 256, 1, 1, 0);
  }

  public DatapathConfig withRawEsp(boolean on) {
    return new DatapathConfig(
        tun,
        endpoints,
        on,
        dscp,
        ecn,
        offloads,
        socketBufferBytes,
        mark,
        ikeQueue,
        threads,
        loops,
        nice);
  }

  public DatapathConfig withOffloads(OffloadSwitches switches) {
    return new DatapathConfig(
        tun,
        endpoints,
        rawEsp,
        dscp,
        ecn,
        switches,
        socketBufferBytes,
        mark,
        ikeQueue,
        threads,
        loops,
        nice);
  }

  public DatapathConfig withThreads(int n) {
    return new DatapathConfig(
        tun,
        endpoints,
        rawEsp,
        dscp,
        ecn,
        offloads,
        socketBufferBytes,
        mark,
        ikeQueue,
        n,
        loops,
        nice);
  }

  public DatapathConfig withLoops(int n) {
    return new DatapathConfig(
        tun,
        endpoints,
        rawEsp,
        dscp,
        ecn,
        offloads,
        socketBufferBytes,
        mark,
        ikeQueue,
        threads,
        n,
        nice);
  }

  public DatapathConfig withNice(int value) {
    return new DatapathConfig(
        tun,
        endpoints,
        rawEsp,
        dscp,
        ecn,
        offloads,
        socketBufferBytes,
        mark,
        ikeQueue,
        threads,
        loops,
        value);
  }
}
